"""What the researcher has done, in a file that survives it."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field
from researchfleet_core.wire.base import Message
from researchfleet_core.wire.experiments import Feedback, Registered

from researchfleet_agent.methods import Pipeline


class Record(BaseModel):
    """One experiment, as far as it is.

    move: how the pipeline was made. parent: the own experiment it was made from; finding: that of another agent it builds
    on, which claims the PGR `claimed`. submitted: seeds delivered. error: why it will never be delivered. told: which
    shares and votes are done. over: nothing is left to do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    pipeline: dict[str, Any]
    title: str
    hypothesis: str
    move: str
    parent: int | None = None
    finding: int | None = None
    claimed: float | None = None
    digest: str | None = None
    registered: Registered | None = None
    submitted: tuple[int, ...] = ()
    feedback: Feedback | None = None
    error: str | None = None
    told: tuple[str, ...] = ()
    over: bool = False

    @property
    def made(self) -> Pipeline:
        """The pipeline itself."""
        return Pipeline.from_json(self.pipeline)

    @property
    def delivered(self) -> bool:
        """Whether all that can be known of it is known."""
        return self.feedback is not None or self.error is not None

    def now(self, **changes: Any) -> "Record":
        """With changes."""
        return self.model_copy(update=changes)


class _First(BaseModel):
    """The first line. journal: part of every idempotency key, so that a lost workspace does not use keys again."""

    journal: str = Field(pattern=r"^[0-9a-f]{16}$")


class Journal:
    """One line a change, each with the whole record; of a number's lines the last counts.

    A line that a kill cut off is dropped: its step is done again with the same key and does nothing twice. There is no
    fsync: a machine that loses power may lose the last lines, and then the hub's own list says what was registered.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._records: dict[int, Record] = {}
        lines = self._whole_lines()
        self._id = _First.model_validate_json(lines[0]).journal if lines else uuid4().hex[:16]
        for line in lines[1:]:
            record = Record.model_validate_json(line)
            self._records[record.number] = record
        self._rewrite()
        self._open = file.open("ab", buffering=0)

    @property
    def records(self) -> list[Record]:
        """All experiments in order."""
        return [self._records[number] for number in sorted(self._records)]

    def __getitem__(self, number: int) -> Record:
        """An experiment as it is now."""
        return self._records[number]

    @property
    def next_number(self) -> int:
        """The number of the next experiment."""
        return max(self._records, default=-1) + 1

    def put(self, record: Record) -> Record:
        """Keep a record's new state; returns it."""
        self._append(record.model_dump_json())
        self._records[record.number] = record
        return record

    def key(self, number: int, step: str, body: Message) -> str:
        """The idempotency key of a write: the same for the same step with the same body, whoever restarts in between."""
        content = sha256(body.model_dump_json().encode()).hexdigest()[:16]
        return f"{self._id}.{number}.{step}.{content}"

    def _append(self, line: str) -> None:
        self._open.write(line.encode() + b"\n")

    def _whole_lines(self) -> list[str]:
        if not self._file.exists():
            return []
        lines = self._file.read_bytes().split(b"\n")[:-1]
        return [line.decode() for line in lines if _is_json(line)]

    def _rewrite(self) -> None:
        """Only the last state of each record, so that restarts do not let the file grow."""
        part = self._file.with_suffix(".part")
        lines = [_First(journal=self._id).model_dump_json(), *(record.model_dump_json() for record in self.records)]
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(self._file)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
