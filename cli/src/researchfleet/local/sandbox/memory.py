"""How much memory and how many processes a sandbox holds, cheaply enough to ask several times a second.

A fork shares its memory with its parent until one of them writes, so the sum of resident sizes counts it twice. That sum is
one read a process and never too small; the exact sum (proportional set sizes) walks page tables. So the exact one is
taken only when the cheap one is over the limit.
"""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from researchfleet.local.sandbox.order import Usage

_PAGE = os.sysconf("SC_PAGESIZE")
# An exact sum is believed until the cheap one has grown by this share of it, or for so long.
_GROWTH = 0.05
_SECONDS = 2.0
_EXACT = re.compile(rb"^Pss_(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)
_STAT_BYTES = 1024


@dataclass(frozen=True)
class Process:
    """One process, from its `stat`."""

    threads: int
    resident: int


def read_process(folder: int, pid: str) -> Process | None:
    """The process in an open /proc; None when it has gone."""
    content = read(folder, f"{pid}/stat", _STAT_BYTES)
    if content is None:
        return None
    # proc(5): the name (field 2) may hold anything; num_threads is field 20, rss field 24, in pages.
    fields = content[content.rindex(b")") + 2 :].split()
    return Process(max(1, int(fields[17])), int(fields[21]) * _PAGE)


def read(folder: int, path: str, size: int) -> bytes | None:
    """The start of a file of an open /proc; None when its process has gone."""
    try:
        file = os.open(path, os.O_RDONLY, dir_fd=folder)
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        return os.read(file, size)
    except ProcessLookupError:
        return None
    finally:
        os.close(file)


class Meter:
    """Sums over the processes of one sandbox."""

    def __init__(self, memory_limit: int, processes_limit: int) -> None:
        self._memory_limit = memory_limit
        self._processes_limit = processes_limit
        self._exact = 0
        self._exact_for = 0
        self._exact_at = float("-inf")

    def usage(self, folder: int, pids: Sequence[str], beside: int) -> Usage:
        """folder: an open /proc that has these pids; beside: bytes in memory that belong to no process, as files are."""
        if len(pids) > self._processes_limit:
            # A fork bomb: too many to look at each, and no need to.
            return Usage(memory=0, processes=len(pids))
        seen = [process for pid in pids if (process := read_process(folder, pid))]
        resident = sum(process.resident for process in seen) + beside
        if resident > self._memory_limit:
            resident = min(resident, self._exactly(folder, pids, resident) + beside)
        return Usage(memory=resident, processes=sum(process.threads for process in seen))

    def _exactly(self, folder: int, pids: Sequence[str], resident: int) -> int:
        now = time.monotonic()
        if resident > self._exact_for * (1 + _GROWTH) or now > self._exact_at + _SECONDS:
            self._exact = sum(exact_memory(folder, pid) for pid in pids)
            self._exact_for, self._exact_at = resident, now
        return self._exact


def exact_memory(folder: int, pid: str) -> int:
    """Bytes of memory that would be free without the process, shared ones divided by who shares; no pages of files."""
    content = read(folder, f"{pid}/smaps_rollup", 4096)
    return sum(int(number) for number in _EXACT.findall(content or b"")) * 1024
