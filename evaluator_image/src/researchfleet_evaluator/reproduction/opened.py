"""A reproduction as the database has it."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import Variation
from researchfleet_core.wire.sync import ReproductionState
from sqlalchemy import ColumnElement, Connection, select

from researchfleet_evaluator.refusals import RefusalReason, RefusedError
from researchfleet_evaluator.store.tables import reproductions, runs


@dataclass(frozen=True)
class Run:
    """A run without its predictions. failed: answered by an error, or given up."""

    uid: str
    target: str
    task: str
    student: str
    variation: Variation
    teacher: int
    seed: int
    weak: str
    answered: bool
    failed: bool


@dataclass(frozen=True)
class Opened:
    """A reproduction and its runs in the order of plan.json. ended: why the runtime gave it up."""

    number: int
    uid: str
    fleet_uid: str
    snapshot: str
    agent: str
    title: str
    family: str
    ended: str | None
    runs: list[Run]

    @property
    def state(self) -> ReproductionState:
        """Where it stands; it follows from the runs."""
        answered = sum(run.answered for run in self.runs)
        if answered < len(self.runs):
            return ReproductionState.RUNNING if answered else ReproductionState.PENDING
        return ReproductionState.DONE if self.ended is None else ReproductionState.FAILED


def load_opened(connection: Connection, uid: str) -> Opened:
    """One reproduction. Raises RefusedError when there is none."""
    found = _load(connection, reproductions.c.uid == uid)
    if not found:
        raise RefusedError(404, RefusalReason.UNKNOWN_REPRODUCTION, f"reproduction {uid}: there is none", "reproduction")
    return found[0]


def all_opened(connection: Connection, fleet_uid: str) -> list[Opened]:
    """The reproductions of a fleet, in the order in which they were nominated."""
    return _load(connection, reproductions.c.fleet_uid == fleet_uid)


def _load(connection: Connection, which: ColumnElement[bool]) -> list[Opened]:
    found = connection.execute(
        select(
            reproductions.c.number,
            reproductions.c.uid,
            reproductions.c.fleet_uid,
            reproductions.c.snapshot,
            reproductions.c.agent,
            reproductions.c.title,
            reproductions.c.family,
            reproductions.c.ended,
        )
        .where(which)
        .order_by(reproductions.c.number)
    ).all()
    runs_of = _runs(connection, [number for number, *_ in found])
    return [
        Opened(number, uid, fleet_uid, snapshot, agent, title, family, ended, runs_of.get(number, []))
        for number, uid, fleet_uid, snapshot, agent, title, family, ended in found
    ]


def _runs(connection: Connection, numbers: list[int]) -> dict[int, list[Run]]:
    query = (
        select(
            runs.c.reproduction,
            runs.c.uid,
            runs.c.target,
            runs.c.task,
            runs.c.student,
            runs.c.variation,
            runs.c.teacher,
            runs.c.seed,
            runs.c.weak,
            runs.c.received,
            runs.c.rows_right,
        )
        .where(runs.c.reproduction.in_(numbers))
        .order_by(runs.c.reproduction, runs.c.position)
    )
    found: dict[int, list[Run]] = {}
    for number, uid, target, task, student, variation, teacher, seed, weak, received, right in connection.execute(query):
        answered = received is not None
        run = Run(
            uid, target, task, student, Variation(variation), teacher, seed, weak, answered, answered and right is None
        )
        found.setdefault(number, []).append(run)
    return found
