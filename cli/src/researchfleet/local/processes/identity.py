"""Which process a pid is: pids are used again, a pid with its start time is not."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Identity:
    """A process of this machine. ticks: when it started, clock ticks since boot; boot: of which boot."""

    pid: int
    ticks: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process that now has this pid; None when there is none, or when it has ended and waits to be reaped."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # proc(5): state is field 3, starttime field 22; the name (field 2) may hold anything.
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]), _BOOT_ID.read_text().strip())

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self


def children(pid: int) -> list[int]:
    """Children of all threads of a process; none when it has gone."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found


def end_all(processes: Iterable[Identity], patience: float = 10.0) -> None:
    """Kill those that still run, each with its process group, and wait until they are gone.

    Raises TimeoutError when one is still there after `patience` seconds, as one in uninterruptible sleep can be.
    """
    left = [process for process in processes if _kill(process)]
    end = time.monotonic() + patience
    while left := [process for process in left if process.alive]:
        if time.monotonic() > end:
            raise TimeoutError(f"process {left[0].pid} of an earlier runtime does not end; stop it, then resume")
        time.sleep(0.01)


def _kill(process: Identity) -> bool:
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        # Checked after the handle was opened: what the handle means can no longer change.
        if not process.alive:
            return False
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True
