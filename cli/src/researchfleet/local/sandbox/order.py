"""What a sandbox is asked to run, and what it promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from researchfleet.local.processes import Identity
from researchfleet.local.sandbox.unlinked import Unlinked

# Contract with the agents' code (docs/sandbox.md).
TOKEN_FD = 3

# One thread a run: a slot is a core. No model is looked for on a network that is not there.
COMPUTING = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "LANG": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
    # Nothing that lies in the workspace is imported by accident of where a process was started.
    "PYTHONSAFEPATH": "1",
}


@dataclass(frozen=True)
class Limits:
    """Of one sandbox. memory, disk: bytes; processes: with threads."""

    memory: int
    processes: int
    disk: int


@dataclass(frozen=True)
class Usage:
    """What a sandbox's processes hold. memory: bytes; processes: with threads."""

    memory: int
    processes: int


@dataclass(frozen=True)
class Shown:
    """What every sandbox of a run sees, read-only.

    python: the agents' own interpreter (a virtual environment's); students, slots: folders; door: the folder that holds the
    hub's agent socket hub.sock, and nothing else. hidden: folders that no sandbox may see a part of.
    """

    python: Path
    students: Path
    slots: Path
    door: Path
    hidden: Sequence[Path]


@dataclass(frozen=True)
class Order:
    """One attempt. arguments: of the agents' interpreter; variables: its settings beside those of places (docs/sandbox.md).

    workspace: the one folder it may write; features: a folder it may read. token: its identity, given through a pipe; the
    program reads it before it does anything, and ends when there is none.
    """

    name: str
    arguments: Sequence[str]
    variables: Mapping[str, str]
    workspace: Path
    features: Path | None
    limits: Limits
    token: str


class Box(Protocol):
    """A sandbox that was set up. Its program waits for its token; nothing in it outlives `kill` or our own death.

    Should we die before `go`, the program sees the pipe's end instead of a token: that holds in the moment, too, in which
    bubblewrap has not bound it to our life yet.
    """

    @property
    def identity(self) -> Identity:
        """The process by which a later runtime can recognise and end it."""

    def go(self) -> None:
        """Give the program its token."""

    def usage(self) -> Usage:
        """What its processes hold now."""

    def unlinked(self) -> Unlinked:
        """What nameless files of its processes hold; costs more than `usage`."""

    def ask(self) -> None:
        """Ask the program to end."""

    def kill(self) -> None:
        """End all its processes at once."""

    async def exit_status(self) -> int:
        """Waits until it has ended and is reaped; 128 + the signal's number if one ended it."""


class Confinement(Protocol):
    """A way to keep agents apart."""

    @property
    def name(self) -> str:
        """As `--sandbox` names it."""

    async def prepare(self, order: Order, log: Path) -> Box:
        """Set up a sandbox, whose program will write to `log`. Raises CannotRunError when it cannot be set up."""
