"""A sandbox's own /proc, seen from outside: it lists exactly the sandbox's processes, whatever they do to escape notice."""

import asyncio
import os
import signal
from pathlib import Path

from researchfleet.local.processes import Child

_POLL_SECONDS = 0.005
# bubblewrap's first process is 1 in its namespace, the program the second.
_FIRST, _PROGRAM = "1", "2"
# What an empty file in a tmpfs costs the kernel, about.
_INODE = 1024


class Inside:
    """Open folders of one sandbox; they go on meaning this sandbox, though pids be used again."""

    def __init__(self, proc: int, temporary: list[int]) -> None:
        self.proc = proc
        self._temporary = temporary
        self.devices = frozenset(os.fstat(folder).st_dev for folder in temporary)

    def pids(self) -> list[str]:
        """All processes, as the sandbox numbers them; empty when it has ended."""
        return [name for name in os.listdir(self.proc) if name.isdigit()]  # noqa: PTH208 - a descriptor

    def in_memory(self) -> int:
        """Bytes of memory that files in its temporary folders take."""
        used = 0
        for folder in self._temporary:
            here = os.fstatvfs(folder)
            used += (here.f_blocks - here.f_bfree) * here.f_frsize + (here.f_files - here.f_ffree) * _INODE
        return used

    def ask(self) -> None:
        """SIGTERM to the program."""
        self._signal(_PROGRAM, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the first process: the kernel ends all others with it."""
        self._signal(_FIRST, signal.SIGKILL)

    def _signal(self, pid: str, number: signal.Signals) -> None:
        try:
            process = os.open(pid, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.proc)
        except FileNotFoundError:
            return
        try:
            signal.pidfd_send_signal(process, number)
        except ProcessLookupError:
            return
        finally:
            os.close(process)

    def close(self) -> None:
        """No more questions."""
        for folder in (self.proc, *self._temporary):
            os.close(folder)


async def open_inside(first: int, child: Child) -> Inside:
    """Wait until bubblewrap has set up the root of process `first`. Raises EOFError when `child` ends before."""
    root = Path(f"/proc/{first}/root")
    machine = os.stat("/proc").st_dev  # noqa: PTH116 - no disk behind it
    while child.running:
        proc = _open(root / "proc")
        # Before bubblewrap has changed the root, that is the machine's own /proc.
        if proc is not None and os.fstat(proc).st_dev != machine:
            temporary = [_open(root / name) for name in ("tmp", "dev/shm")]
            return Inside(proc, [folder for folder in temporary if folder is not None])
        if proc is not None:
            os.close(proc)
        await asyncio.sleep(_POLL_SECONDS)
    raise EOFError


def _open(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return None
