"""Fleets: what is scored, once and for all."""

from dataclasses import dataclass
from secrets import token_bytes

from researchfleet_core.wire.evaluation import EvaluationPlan, Planned
from sqlalchemy import Connection, exists, insert, select, update

from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.problem import Problem, resolve
from researchfleet_evaluator.refusals import RefusalReason, RefusedError
from researchfleet_evaluator.seeds import SECRET_BYTES
from researchfleet_evaluator.store.tables import experiments, fleets


@dataclass(frozen=True)
class Fleet:
    """A fleet as the database has it. secret: the source of its seeds; it leaves this process in no answer."""

    uid: str
    problem: Problem
    digest: str
    secret: bytes


def load(connection: Connection, uid: str, *, lock: bool = False) -> Fleet:
    """The fleet; with `lock`, nobody else changes it or registers in it before this transaction ends.

    Raises RefusedError when no plan was put for it.
    """
    query = select(fleets.c.problem, fleets.c.digest, fleets.c.secret).where(fleets.c.uid == uid)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        problem = f"fleet {uid}: no plan was put for it; PUT /v1/fleets/{uid} first"
        raise RefusedError(404, RefusalReason.UNKNOWN_FLEET, problem, "fleet_uid")
    pinned, digest, secret = row
    return Fleet(uid, Problem.model_validate_json(pinned), digest, secret)


def put_plan(evaluator: Evaluator, plan: EvaluationPlan) -> Planned:
    """Store a fleet's plan. The same plan again changes nothing, another one is refused once an experiment exists."""
    problem = resolve(plan, evaluator.shelf)

    def work(connection: Connection) -> None:
        there = connection.scalar(select(fleets.c.digest).where(fleets.c.uid == plan.fleet_uid).with_for_update())
        values = {"problem": problem.model_dump_json(), "digest": problem.digest}
        if there is None:
            connection.execute(insert(fleets).values(uid=plan.fleet_uid, secret=token_bytes(SECRET_BYTES), **values))
        elif there != problem.digest:
            _refuse_after_first_experiment(connection, plan.fleet_uid, problem)
            connection.execute(update(fleets).where(fleets.c.uid == plan.fleet_uid).values(**values))

    evaluator.store.write(work)
    return Planned(problem=problem.digest, testbed=problem.testbed)


def _refuse_after_first_experiment(connection: Connection, uid: str, wanted: Problem) -> None:
    if not connection.scalar(select(exists().where(experiments.c.fleet_uid == uid))):
        return
    pinned = load(connection, uid).problem
    changed = [name for name in Problem.model_fields if getattr(pinned, name) != getattr(wanted, name)]
    problem = f"fleet {uid}: {', '.join(changed)} changed after the first experiment; the old problem stays in force"
    raise RefusedError(409, RefusalReason.PROBLEM_CHANGED, f"{problem}. Start a new fleet for the new one.", changed[0])
