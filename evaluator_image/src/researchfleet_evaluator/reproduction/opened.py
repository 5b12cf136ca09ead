"""A reproduction as the database has it."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import Variation
from researchfleet_core.wire.sync import ReproductionState
from sqlalchemy import Connection, select

from researchfleet_evaluator.refusals import Refused, RefusalReason
from researchfleet_evaluator.store.tables import reproductions, runs


@dataclass(frozen=True)
class Run:
    """A run without its predictions. failed: answered by an error, or never."""

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
    """One reproduction. Raises Refused when there is none."""
    found = _load(connection, reproductions.c.uid == uid)
    if not found:
        raise Refused(404, RefusalReason.UNKNOWN_REPRODUCTION, f"reproduction {uid}: there is none", "reproduction")
    return found[0]
