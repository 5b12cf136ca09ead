"""The ledger, as people read it."""

from datetime import datetime
from enum import StrEnum

from researchfleet_core.wire.base import Message, Uid


class EntryKind(StrEnum):
    """What an entry is for. Evaluations have a number, no price."""

    TOKENS = "tokens"
    COMPUTE = "compute"
    REPRODUCTION = "reproduction"
    STORAGE = "storage"
    EVALUATIONS = "evaluations"


class LedgerEntry(Message):
    """One line. agent_uid: None is the fleet. A correction is a line of its own and may be negative."""

    id: int
    key: str
    at: datetime
    kind: EntryKind
    agent_uid: Uid | None
    usd_nano: int
    pod_seconds: float
    agent_seconds: float
    gpu_seconds: float
    tokens: int
    evaluations: int


class LedgerPage(Message):
    """Entries in order of id; ask again with since=cursor for what came after."""

    entries: list[LedgerEntry]
    cursor: int
