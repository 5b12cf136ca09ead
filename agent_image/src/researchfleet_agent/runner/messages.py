"""What a runner is asked and what it answers: one JSON line each way over a unix socket."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Message):
    """What one run may take. Defaults fit 2,000 sentences and a student of 22 million weights, fine-tuned thrice.

    seconds: from its start to its end. memory: bytes of address space on top of the warm process. file: bytes of the
    largest file it may write. log: bytes kept of what it prints, the last ones.
    """

    seconds: Annotated[float, Field(gt=0)] = 300.0
    memory: Annotated[int, Field(gt=0)] = 4096 * MIB
    file: Annotated[int, Field(gt=0)] = 256 * MIB
    log: Annotated[int, Field(gt=0)] = 64 * 1024


class RunRequest(_Message):
    """A run of a snapshot; paths are absolute."""

    snapshot: str
    task: str
    weak_labels: str
    student: str
    seed: int
    out: str
    features: str | None
    limits: Limits


class Status(StrEnum):
    """How a run ended. ok: there is a valid file of predictions."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    INVALID = "invalid"


class RunResult(_Message):
    """reason: what was wrong, in one sentence ('' when ok); seconds: of the run itself, without waiting for a slot.

    log: the end of what it printed. left: how many processes it left behind, all of them killed.
    """

    status: Status
    seconds: float
    reason: str
    log: str
    left: int = 0
