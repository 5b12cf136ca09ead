"""runs/<fleet>/: the folder of one run, and who may use it now."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from researchfleet.local.errors import CannotRunError

# sun_path of unix(7), with its final NUL.
_LONGEST_SOCKET = 107


@dataclass(frozen=True)
class Sockets:
    """Where evaluator and hub listen. door: a folder with nothing but the agents' socket, which sandboxes see."""

    path: Path

    @property
    def door(self) -> Path:
        """What sandboxes see."""
        return self.path / "agents"

    @property
    def agents(self) -> Path:
        """The hub's, for agents."""
        return self.door / "hub.sock"

    @property
    def evaluator(self) -> Path:
        """The evaluator's, for the hub."""
        return self.path / "evaluator.sock"


@dataclass(frozen=True)
class RunFolder:
    """Paths of a run; see docs/local.md."""

    path: Path

    @property
    def book(self) -> Path:
        """The runtime's own database."""
        return self.path / "runtime.db"

    @property
    def status(self) -> Path:
        """What is going on, for people and programs."""
        return self.path / "status.json"

    @property
    def connection(self) -> Path:
        """How to reach the hub while it runs."""
        return self.path / "connection.json"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.path / "logs"

    @property
    def private(self) -> Path:
        """Tokens and lock, for nobody else's eyes."""
        return self.path / "run"

    @property
    def slots(self) -> Path:
        """A lock file a core; whoever trains holds one."""
        return self.private / "slots"

    @property
    def scratch(self) -> Path:
        """Workspaces of reproductions, gone when they end."""
        return self.private / "scratch"

    def workspace(self, agent: str) -> Path:
        """An agent's own, which survives its attempts."""
        return self.path / "agents" / agent

    def clear_scratch(self, name: str) -> None:
        """Remove the workspace of a reproduction; what was made to resist stays and is in nobody's way."""
        with suppress(RecursionError):
            shutil.rmtree(self.scratch / name, ignore_errors=True)

    def lay_out(self, slots: int) -> None:
        """Make the folders that are missing."""
        for folder in (self.logs, self.path / "agents", self.path / "snapshots"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.private, self.slots, self.scratch):
            folder.mkdir(mode=0o700, exist_ok=True)
        for slot in range(slots):
            (self.slots / str(slot)).touch()

    @contextmanager
    def sockets(self) -> Iterator[Sockets]:
        """A folder for sockets: the run's own where its path is short enough for one, else a temporary one."""
        own = Sockets(self.private / "sockets")
        with ExitStack() as stack:
            if len(os.fsencode(own.agents)) > _LONGEST_SOCKET:
                own = Sockets(Path(stack.enter_context(TemporaryDirectory(prefix="researchfleet-"))))
            own.door.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield own

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else runs it meanwhile. Raises CannotRunError when another runtime does."""
        self.path.mkdir(parents=True, exist_ok=True)
        file = self._lock()
        try:
            yield
        finally:
            os.close(file)

    def _lock(self) -> int:
        file = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 100, 0).decode(errors="replace").strip()
            os.close(file)
            raise CannotRunError(f"{self.path} is in use by process {holder}; stop it first (Ctrl-C there)") from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        return file


def choose(runs: Path, fleet: str, now: datetime, *, resume: bool, fresh: bool) -> RunFolder:
    """The folder of a run. resume: go on with the one that is there; fresh: move it aside and begin anew.

    Raises CannotRunError when it is there and neither was asked for, or not there and resume was.
    """
    folder = RunFolder(runs / fleet)
    there = folder.book.exists()
    if resume and not there:
        raise CannotRunError(f"{folder.path} holds no run of {fleet} to resume; start it without --resume")
    if there and fresh:
        aside = folder.path.with_name(f"{fleet}.{now:%Y%m%d-%H%M%S}")
        with folder.held():
            folder.path.rename(aside)
    elif there and not resume:
        raise CannotRunError(
            f"{folder.path} holds a run of {fleet} already: go on with it by --resume, begin anew by --fresh (the old one "
            "is moved aside), or give the fleet another name (metadata.name)"
        )
    return folder
