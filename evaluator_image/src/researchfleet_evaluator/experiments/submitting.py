"""Submitting predictions: stored durably, counted, and answered once an experiment is complete."""

from dataclasses import dataclass
from datetime import datetime

from researchfleet_core.testbed import Slice
from researchfleet_core.wire.evaluation import AgentRef, EvaluatorSubmit
from researchfleet_core.wire.experiments import Feedback, Submitted
from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from researchfleet_evaluator import feedback, fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.registering import tasks
from researchfleet_evaluator.experiments.registration import Registration
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid, shown
from researchfleet_evaluator.scoring import Answer
from researchfleet_evaluator.store.tables import experiments, ladders, submissions
from researchfleet_evaluator.testbeds import Research

# Statements are built once: building one costs three times its execution.
_THIS = experiments.c.number == bindparam("of")
ONE_MORE = update(experiments).where(_THIS).values(delivered=experiments.c.delivered + 1).returning(experiments.c.delivered)
DONE = update(experiments).where(_THIS).values(finished=bindparam("at"), feedback=bindparam("told"))
KEEP = insert(submissions)
DEV_RIGHT = select(func.sum(submissions.c.dev_right)).where(submissions.c.experiment == bindparam("of"))
FIRST_ANSWER = (
    select(submissions.c.digest, submissions.c.remaining, experiments.c.feedback)
    .join(experiments, experiments.c.number == submissions.c.experiment)
    .where(submissions.c.experiment == bindparam("of"), submissions.c.seed == bindparam("seed"))
)
_OWN = (ladders.c.fleet_uid == bindparam("fleet")) & (ladders.c.agent_uid == bindparam("agent"))
BEST = select(ladders.c.best).where(_OWN).with_for_update()
CLIMB = update(ladders).where(_OWN).values(best=bindparam("height"))


def submit(evaluator: Evaluator, body: EvaluatorSubmit) -> Submitted:
    """Store one seed's predictions. The same again get the first answer, others 409.

    Raises RefusedError: 404 for an experiment that this agent does not have, 422 for a seed or length that is not its own.
    """
    registration = _registration(evaluator, body.experiment, body.owner)
    testbed = evaluator.shelf.research(registration.problem.testbed)
    if body.seed not in registration.seeds:
        allowed = ", ".join(str(seed) for seed in sorted(registration.seeds))
        raise invalid("seed", f"{shown(body.seed)} is not allowed (the seeds of {body.experiment}: {allowed})")
    check_length(body.predictions, testbed.visible.rows)
    with evaluator.metrics.scoring.time():
        answer = Answer.of(body.predictions)
        right = testbed.visible.count(answer)
    submission = _Submission(registration, testbed, body.seed, answer, *right, evaluator.now())
    try:
        stored = evaluator.store.write(submission.store)
    except IntegrityError:
        return evaluator.store.read(submission.first_answer)
    evaluator.metrics.submissions.labels("experiment").inc()
    return stored


def check_length(predictions: list[float], rows: int) -> None:
    """Raises RefusedError when there is not one prediction for each test row."""
    if len(predictions) != rows:
        problem = f"a list of {len(predictions)} is not allowed ({rows}, one a row of test.jsonl in its order)"
        raise invalid("predictions", problem)


def _registration(evaluator: Evaluator, uid: str, owner: AgentRef) -> Registration:
    found = evaluator.registrations.get(uid)
    if found is None and (found := evaluator.store.read(lambda connection: _load(evaluator, connection, uid))) is not None:
        evaluator.registrations[uid] = found
    if found is None or (found.fleet_uid, found.agent_uid) != (owner.fleet_uid, owner.agent_uid):
        # Word for word the same for what does not exist and for what is another agent's.
        problem = f"experiment {uid}: this agent has registered none of this name"
        raise RefusedError(404, RefusalReason.UNKNOWN_EXPERIMENT, problem, "experiment")
    return found


def _load(evaluator: Evaluator, connection: Connection, uid: str) -> Registration | None:
    columns = experiments.c
    query = select(columns.number, columns.fleet_uid, columns.agent_uid, columns.start, columns.seeds)
    row = connection.execute(query.where(columns.uid == uid)).one_or_none()
    if row is None:
        return None
    number, fleet_uid, agent_uid, start, seeds = row
    fleet = fleets.load(connection, fleet_uid)
    testbed = evaluator.shelf.research(fleet.problem.testbed)
    drawn = frozenset(task.seed for task in tasks(fleet, testbed, start, seeds))
    return Registration(number, uid, fleet_uid, agent_uid, drawn, fleet.problem)


@dataclass(frozen=True)
class _Submission:
    """One seed's predictions on their way into the database."""

    registration: Registration
    testbed: Research
    seed: int
    answer: Answer
    dev_right: int
    rank_right: int
    received: datetime

    def store(self, connection: Connection) -> Submitted:
        """Insert it, and complete the experiment with its last. Raises IntegrityError when this seed is there already."""
        number = self.registration.number
        delivered = connection.execute(ONE_MORE, {"of": number}).scalar_one()
        remaining = len(self.registration.seeds) - delivered
        row = {
            "experiment": number,
            "seed": self.seed,
            "digest": self.answer.digest,
            "predictions": self.answer.stored,
            "dev_right": self.dev_right,
            "rank_right": self.rank_right,
            "remaining": remaining,
            "received": self.received,
        }
        connection.execute(KEEP, row)
        told = None if remaining else self._complete(connection)
        return Submitted(experiment=self.registration.uid, seed=self.seed, remaining=remaining, feedback=told)

    def first_answer(self, connection: Connection) -> Submitted:
        """What the same predictions were answered before. Raises RefusedError when those were others."""
        which = {"of": self.registration.number, "seed": self.seed}
        digest, remaining, told = connection.execute(FIRST_ANSWER, which).one()
        if digest != self.answer.digest:
            problem = f"seed: {self.seed} of {self.registration.uid} has its predictions already; others are not allowed"
            raise RefusedError(409, RefusalReason.ALREADY_SUBMITTED, problem, "seed")
        first = Feedback.model_validate_json(told) if remaining == 0 and told is not None else None
        return Submitted(experiment=self.registration.uid, seed=self.seed, remaining=remaining, feedback=first)

    def _complete(self, connection: Connection) -> Feedback:
        """The experiment's one answer; moves the agent's ladder."""
        registration, dev_rows = self.registration, self.testbed.visible.first_rows
        total = connection.execute(DEV_RIGHT, {"of": registration.number}).scalar_one()
        scale = self.testbed.scale(registration.problem.student, Slice.DEV)
        own = {"fleet": registration.fleet_uid, "agent": registration.agent_uid}
        best = connection.execute(BEST, own).scalar_one_or_none()
        told, new_best = feedback.answer(
            registration.problem.feedback,
            int(total) / (len(registration.seeds) * dev_rows),
            scale.weak if best is None else best,
            scale,
        )
        if best is None:
            row = {"fleet_uid": registration.fleet_uid, "agent_uid": registration.agent_uid, "best": new_best}
            connection.execute(insert(ladders), row)
        elif new_best != best:
            connection.execute(CLIMB, {**own, "height": new_best})
        connection.execute(DONE, {"of": registration.number, "at": self.received, "told": told.model_dump_json()})
        return told
