"""Submitting predictions: stored durably, counted, and answered once an experiment is complete."""

from dataclasses import dataclass

from researchfleet_core.testbed import Slice
from researchfleet_core.wire.evaluation import AgentRef, EvaluatorSubmit
from researchfleet_core.wire.experiments import Feedback, Submitted
from sqlalchemy import Connection, func, insert, select, update

from researchfleet_evaluator import feedback, fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.registering import tasks
from researchfleet_evaluator.experiments.registration import Registration
from researchfleet_evaluator.refusals import Refused, RefusalReason, invalid, shown
from researchfleet_evaluator.scoring import Answer
from researchfleet_evaluator.store.tables import experiments, ladders, submissions
from researchfleet_evaluator.testbeds import Research


@dataclass(frozen=True)
class Counted:
    """One seed's answer and how many of its rows are right."""

    answer: Answer
    dev_right: int
    rank_right: int


def submit(evaluator: Evaluator, body: EvaluatorSubmit) -> Submitted:
    """Store one seed's predictions. The same again get the first answer, others 409.

    Raises Refused: 404 for an experiment that this agent does not have, 422 for a seed or length that is not its own.
    """
    registration = _registration(evaluator, body.experiment, body.owner)
    testbed = evaluator.shelf.research(registration.problem.testbed)
    if body.seed not in registration.seeds:
        allowed = ", ".join(str(seed) for seed in sorted(registration.seeds))
        raise invalid("seed", f"{shown(body.seed)} is not allowed (the seeds of {body.experiment}: {allowed})")
    check_length(body.predictions, testbed.visible.rows)
    with evaluator.metrics.scoring.time():
        answer = Answer.of(body.predictions)
        counted = Counted(answer, *testbed.visible.count(answer))
    stored = evaluator.store.write(lambda connection: _store(evaluator, connection, registration, testbed, body.seed, counted))
    if stored is not None:
        evaluator.metrics.submissions.labels("experiment").inc()
        return stored
    return evaluator.store.read(lambda connection: _first_answer(connection, registration, body.seed, answer))


def check_length(predictions: list[float], rows: int) -> None:
    """Raises Refused when there is not one prediction for each test row."""
    if len(predictions) != rows:
        raise invalid("predictions", f"a list of {len(predictions)} is not allowed ({rows}, one a row of test.jsonl in its order)")


def _registration(evaluator: Evaluator, uid: str, owner: AgentRef) -> Registration:
    found = evaluator.registrations.get(uid)
    if found is None and (found := evaluator.store.read(lambda connection: _load(evaluator, connection, uid))) is not None:
        evaluator.registrations[uid] = found
    if found is None or (found.fleet_uid, found.agent_uid) != (owner.fleet_uid, owner.agent_uid):
        raise Refused(404, RefusalReason.UNKNOWN_EXPERIMENT, f"experiment {uid}: this agent has registered none of this name", "experiment")
    return found


def _load(evaluator: Evaluator, connection: Connection, uid: str) -> Registration | None:
    row = connection.execute(
        select(experiments.c.number, experiments.c.fleet_uid, experiments.c.agent_uid, experiments.c.start, experiments.c.seeds).where(
            experiments.c.uid == uid
        )
    ).one_or_none()
    if row is None:
        return None
    number, fleet_uid, agent_uid, start, seeds = row
    fleet = fleets.load(connection, fleet_uid)
    testbed = evaluator.shelf.research(fleet.problem.testbed)
    drawn = frozenset(task.seed for task in tasks(fleet, testbed, start, seeds))
    return Registration(number, uid, fleet_uid, agent_uid, drawn, fleet.problem)


def _store(
    evaluator: Evaluator, connection: Connection, registration: Registration, testbed: Research, seed: int, counted: Counted
) -> Submitted | None:
    """Insert the submission, complete the experiment with its last; None when this seed is there already."""
    there = select(submissions.c.seed).where(submissions.c.experiment == registration.number, submissions.c.seed == seed)
    if connection.scalar(there) is not None:
        return None
    now = evaluator.now()
    delivered = connection.execute(
        update(experiments)
        .where(experiments.c.number == registration.number)
        .values(delivered=experiments.c.delivered + 1)
        .returning(experiments.c.delivered)
    ).scalar_one()
    remaining = len(registration.seeds) - delivered
    connection.execute(
        insert(submissions).values(
            experiment=registration.number,
            seed=seed,
            digest=counted.answer.digest,
            predictions=counted.answer.stored,
            dev_right=counted.dev_right,
            rank_right=counted.rank_right,
            remaining=remaining,
            received=now,
        )
    )
    told = None if remaining else _feedback(connection, registration, testbed)
    if told is not None:
        connection.execute(
            update(experiments)
            .where(experiments.c.number == registration.number)
            .values(finished=now, feedback=told.model_dump_json())
        )
    return Submitted(experiment=registration.uid, seed=seed, remaining=remaining, feedback=told)


def _feedback(connection: Connection, registration: Registration, testbed: Research) -> Feedback:
    """The experiment's one answer; moves the agent's ladder."""
    right = connection.scalar(select(func.sum(submissions.c.dev_right)).where(submissions.c.experiment == registration.number))
    accuracy = int(right or 0) / (len(registration.seeds) * testbed.visible.first_rows)
    scale = testbed.scale(registration.problem.student, Slice.DEV)
    own = (ladders.c.fleet_uid == registration.fleet_uid) & (ladders.c.agent_uid == registration.agent_uid)
    best = connection.scalar(select(ladders.c.best).where(own).with_for_update())
    told, new_best = feedback.answer(registration.problem.feedback, accuracy, scale.weak if best is None else best, scale)
    if best is None:
        row = {"fleet_uid": registration.fleet_uid, "agent_uid": registration.agent_uid, "best": new_best}
        connection.execute(insert(ladders).values(**row))
    else:
        connection.execute(update(ladders).where(own).values(best=new_best))
    return told


def _first_answer(connection: Connection, registration: Registration, seed: int, answer: Answer) -> Submitted:
    query = (
        select(submissions.c.digest, submissions.c.remaining, experiments.c.feedback)
        .join(experiments, experiments.c.number == submissions.c.experiment)
        .where(submissions.c.experiment == registration.number, submissions.c.seed == seed)
    )
    digest, remaining, told = connection.execute(query).one()
    if digest != answer.digest:
        problem = f"seed: {seed} of {registration.uid} has its predictions already; others are not allowed"
        raise Refused(409, RefusalReason.ALREADY_SUBMITTED, problem, "seed")
    first = Feedback.model_validate_json(told) if remaining == 0 and told is not None else None
    return Submitted(experiment=registration.uid, seed=seed, remaining=remaining, feedback=first)
