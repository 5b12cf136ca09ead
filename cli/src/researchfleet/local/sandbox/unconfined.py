"""No sandbox: attempts as plain processes of this machine, with its files and network. `--sandbox=none`, and warned of."""

import contextlib
import os
import signal
import socket
from pathlib import Path

from researchfleet.local.processes import Child, Identity, Launch, children
from researchfleet.local.sandbox.limits import NICE, OOM_SCORE, rlimits
from researchfleet.local.sandbox.memory import Meter
from researchfleet.local.sandbox.order import COMPUTING, TOKEN_FD, Order, Shown, Usage
from researchfleet.local.sandbox.pipes import Pipe
from researchfleet.local.sandbox.unlinked import Unlinked, unlinked

# Killing a tree from outside is a race against its forks; so many rounds win it against all but a bomb.
_ROUNDS = 20


class Unconfined:
    """The same interface as Bubblewrap: limits are watched, but nothing is hidden."""

    name = "none"

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def prepare(self, order: Order, log: Path) -> "Tree":
        """Start its program, which waits for its token."""
        token = Pipe.new()
        launch = Launch(
            program=self._shown.python,
            command=[str(self._shown.python), *order.arguments],
            environment=self._environment(order),
            descriptors={TOKEN_FD: token.reader},
            limits=rlimits(order),
            nice=NICE,
            oom_score=OOM_SCORE,
        )
        child = Child(launch, log)
        token.close("reader")
        return Tree(order, child, token)

    def _environment(self, order: Order) -> dict[str, str]:
        temporary = order.workspace / ".tmp"
        temporary.mkdir(exist_ok=True)
        places = {
            "RESEARCHFLEET_TOKEN_FD": str(TOKEN_FD),
            "RESEARCHFLEET_UPSTREAM": f"unix:{self._shown.door / 'hub.sock'}",
            "RESEARCHFLEET_RELAY": f"127.0.0.1:{_free_port()}",
            "RESEARCHFLEET_WORKSPACE": str(order.workspace),
            "RESEARCHFLEET_STUDENTS": str(self._shown.students),
            "RESEARCHFLEET_SLOTS": str(self._shown.slots),
            "HOME": str(order.workspace),
            "TMPDIR": str(temporary),
            "PATH": f"{self._shown.python.parent}:/usr/bin:/bin",
        }
        if order.features:
            places["RESEARCHFLEET_FEATURES"] = str(order.features)
        return {**COMPUTING, **places, **order.variables}


class Tree:
    """A process and its descendants. One that leaves them, by a parent that dies, is no longer seen."""

    def __init__(self, order: Order, child: Child, token: Pipe) -> None:
        self._order = order
        self._child = child
        self._token = token
        self._meter = Meter(order.limits.memory, order.limits.processes)
        self._disk = order.workspace.stat().st_dev
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        child.when_gone(self._close)

    @property
    def identity(self) -> Identity:
        """Its first process, which leads a process group."""
        return self._child.identity

    def go(self) -> None:
        """Give the program its token."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._token.writer, self._order.token.encode())
        self._token.close("writer")

    def usage(self) -> Usage:
        """What its processes hold."""
        if not self._child.running:
            return Usage(0, 0)
        return self._meter.usage(self._proc, self._pids(), 0)

    def unlinked(self) -> Unlinked:
        """What nameless files of its processes hold."""
        if not self._child.running:
            return Unlinked(0, 0)
        return unlinked(self._proc, self._pids(), self._disk, ())

    def ask(self) -> None:
        """SIGTERM to the program."""
        self._child.signal(signal.SIGTERM)

    def kill(self) -> None:
        """End all processes that are found, descendants first: while their parent lives they can be found."""
        for _ in range(_ROUNDS):
            descendants = self._pids()[1:] if self._child.running else []
            if not descendants:
                break
            for pid in descendants:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        self._child.kill()

    async def exit_status(self) -> int:
        """Waits for its end."""
        return await self._child.exit_status()

    def _pids(self) -> list[str]:
        """The program first, each process after its parent."""
        found = [self._child.pid]
        for pid in found:
            found += children(pid)
        return [str(pid) for pid in found]

    def _close(self) -> None:
        os.close(self._proc)
        self._token.close("writer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
