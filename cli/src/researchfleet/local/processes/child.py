"""A process that the runtime starts."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from researchfleet.local.processes.identity import Identity

_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Launch:
    """What to start, and how.

    program: an absolute path; command: its name as it sees it, and its arguments. environment: all of it, nothing is
    inherited. descriptors: the child's number -> ours. limits: by name of the resource module, soft and hard. oom_score: 0
    to 1000, who is killed first when the machine has no memory left.
    """

    program: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Mapping[int, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    nice: int = 0
    oom_score: int = 0


class Child:
    """In a session of its own, killed by the kernel when we die, always reaped."""

    def __init__(self, launch: Launch, log: Path) -> None:
        """Start it, from the main thread: a child dies with the thread that started it. What it prints is added to `log`.

        Raises OSError.
        """
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCH), _order(launch)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={},
                pass_fds=list(launch.descriptors.values()),
                start_new_session=True,
            )
        self._handle = os.pidfd_open(self._popen.pid)
        self.pid = self._popen.pid
        self.identity = Identity.of(self.pid) or Identity(self.pid, 0, "")
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(self._handle, self._reap)

    def _reap(self) -> None:
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        status = self._popen.wait()
        self._exit.set_result(status if status >= 0 else 128 - status)

    def when_gone(self, do: Callable[[], None]) -> None:
        """Call `do` once it has been reaped."""
        self._exit.add_done_callback(lambda _: do())

    @property
    def running(self) -> bool:
        """Whether it has not been seen to end."""
        return not self._exit.done()

    async def exit_status(self) -> int:
        """Waits for its end; 128 + the signal's number if one ended it."""
        return await asyncio.shield(self._exit)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone; nothing happens when it has ended."""
        if self.running:
            try:
                signal.pidfd_send_signal(self._handle, number)
            except ProcessLookupError:
                return

    def kill(self) -> None:
        """End it and its whole process group at once."""
        if self.running:
            # It leads its group and is not reaped, so the number cannot mean another group.
            os.killpg(self.pid, signal.SIGKILL)

    async def stop(self, grace: float) -> int:
        """Ask it to end, kill it after `grace` seconds; returns its exit status."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace):
                return await self.exit_status()
        except TimeoutError:
            self.kill()
            return await self.exit_status()


def _order(launch: Launch) -> str:
    return json.dumps(
        {
            "parent": os.getpid(),
            "program": str(launch.program),
            "command": list(launch.command),
            "environment": dict(launch.environment),
            "descriptors": [[source, target] for target, source in launch.descriptors.items()],
            "limits": dict(launch.limits),
            "nice": launch.nice,
            "oom_score": launch.oom_score,
        }
    )
