"""Submitting predictions: stored durably, counted, and answered once an experiment is complete."""

from dataclasses import dataclass
from datetime import datetime

from researchfleet_core.testbed import Slice
from researchfleet_core.wire.evaluation import AgentRef, EvaluatorSubmit
from researchfleet_core.wire.experiments import Feedback, Submitted
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from researchfleet_evaluator import feedback, fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.registering import tasks
from researchfleet_evaluator.experiments.registration import Registration
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid, shown
from researchfleet_evaluator.scoring import Answer
from researchfleet_evaluator.store.tables import experiments, ladders, submissions
from researchfleet_evaluator.testbeds import Research


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
    stored = evaluator.store.write(submission.store)
    if stored is None:
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

    def store(self, connection: Connection) -> Submitted | None:
        """Insert it, complete the experiment with its last; None when this seed is there already."""
        number = self.registration.number
        if connection.scalar(select(submissions.c.seed).where(self._is_this)) is not None:
            return None
        delivered = connection.execute(
            update(experiments)
            .where(experiments.c.number == number)
            .values(delivered=experiments.c.delivered + 1)
            .returning(experiments.c.delivered)
        ).scalar_one()
        remaining = len(self.registration.seeds) - delivered
        connection.execute(
            insert(submissions).values(
                experiment=number,
                seed=self.seed,
                digest=self.answer.digest,
                predictions=self.answer.stored,
                dev_right=self.dev_right,
                rank_right=self.rank_right,
                remaining=remaining,
                received=self.received,
            )
        )
        told = None if remaining else self._complete(connection)
        return Submitted(experiment=self.registration.uid, seed=self.seed, remaining=remaining, feedback=told)

    def first_answer(self, connection: Connection) -> Submitted:
        """What the same predictions were answered before. Raises RefusedError when those were others."""
        query = (
            select(submissions.c.digest, submissions.c.remaining, experiments.c.feedback)
            .join(experiments, experiments.c.number == submissions.c.experiment)
            .where(self._is_this)
        )
        digest, remaining, told = connection.execute(query).one()
        if digest != self.answer.digest:
            problem = f"seed: {self.seed} of {self.registration.uid} has its predictions already; others are not allowed"
            raise RefusedError(409, RefusalReason.ALREADY_SUBMITTED, problem, "seed")
        first = Feedback.model_validate_json(told) if remaining == 0 and told is not None else None
        return Submitted(experiment=self.registration.uid, seed=self.seed, remaining=remaining, feedback=first)

    @property
    def _is_this(self) -> ColumnElement[bool]:
        return (submissions.c.experiment == self.registration.number) & (submissions.c.seed == self.seed)

    def _complete(self, connection: Connection) -> Feedback:
        """The experiment's one answer; moves the agent's ladder."""
        registration, dev_rows = self.registration, self.testbed.visible.first_rows
        right = func.coalesce(func.sum(submissions.c.dev_right), 0)
        total = connection.execute(select(right).where(submissions.c.experiment == registration.number)).scalar_one()
        scale = self.testbed.scale(registration.problem.student, Slice.DEV)
        own = (ladders.c.fleet_uid == registration.fleet_uid) & (ladders.c.agent_uid == registration.agent_uid)
        best = connection.scalar(select(ladders.c.best).where(own).with_for_update())
        told, new_best = feedback.answer(
            registration.problem.feedback,
            int(total) / (len(registration.seeds) * dev_rows),
            scale.weak if best is None else best,
            scale,
        )
        if best is None:
            row = {"fleet_uid": registration.fleet_uid, "agent_uid": registration.agent_uid, "best": new_best}
            connection.execute(insert(ladders).values(**row))
        else:
            connection.execute(update(ladders).where(own).values(best=new_best))
        done = {"finished": self.received, "feedback": told.model_dump_json()}
        connection.execute(update(experiments).where(experiments.c.number == registration.number).values(**done))
        return told
