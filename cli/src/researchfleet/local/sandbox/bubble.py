"""One bubblewrap sandbox."""

from researchfleet.local.processes import Child, Identity
from researchfleet.local.sandbox.inside import Inside
from researchfleet.local.sandbox.memory import Meter
from researchfleet.local.sandbox.order import Order, Usage
from researchfleet.local.sandbox.pipes import Pipes
from researchfleet.local.sandbox.unlinked import Unlinked, unlinked


class Bubble:
    """Set up, and waiting for `go`."""

    def __init__(self, order: Order, child: Child, inside: Inside, pipes: Pipes) -> None:
        self._order = order
        self._child = child
        self._inside = inside
        self._pipes = pipes
        self._meter = Meter(order.limits.memory, order.limits.processes)
        self._disk = order.workspace.stat().st_dev
        child.when_gone(inside.close)
        child.when_gone(pipes.close)

    @property
    def identity(self) -> Identity:
        """bubblewrap itself: when it dies, the sandbox does."""
        return self._child.identity

    def go(self) -> None:
        """Give the program its token."""
        self._pipes.go(self._order.token)

    def usage(self) -> Usage:
        """What its processes and its temporary folders hold."""
        if not self._child.running:
            return Usage(0, 0)
        return self._meter.usage(self._inside.proc, self._inside.pids(), self._inside.in_memory())

    def unlinked(self) -> Unlinked:
        """What nameless files of its processes hold."""
        if not self._child.running:
            return Unlinked(0, 0)
        return unlinked(self._inside.proc, self._inside.pids(), self._disk, self._inside.devices)

    def ask(self) -> None:
        """SIGTERM to the program."""
        if self._child.running:
            self._inside.ask()

    def kill(self) -> None:
        """End all its processes at once."""
        if self._child.running:
            self._inside.kill()
            self._child.kill()

    async def exit_status(self) -> int:
        """Waits for its end."""
        return await self._child.exit_status()
