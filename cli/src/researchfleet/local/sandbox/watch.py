"""The one mechanism of limits: look at every sandbox a few times a second and end the one that is over."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.reasons import EndReason

from researchfleet.local.sandbox.disk import measure
from researchfleet.local.sandbox.order import Box, Limits, Usage

log = logging.getLogger(__name__)

# A process fills some hundred MiB in that time, or forks some thousand others.
INTERVAL = 0.3
# Walking a workspace costs milliseconds, so it is done seldom: or at once when the disk has lost so much of the limit.
DISK_INTERVAL = 3.0
_DISK_SHARE = 0.1
_PAUSE = 19


@dataclass(frozen=True)
class Watched:
    """A sandbox under watch. log: what it prints, which fills a disk too; over: called once, with why it must end."""

    box: Box
    limits: Limits
    workspace: Path
    log: Path
    over: Callable[[EndReason], None]


class Watch:
    """Of all sandboxes of a run."""

    def __init__(self) -> None:
        self._watchers: dict[str, asyncio.Task[None]] = {}

    def add(self, name: str, watched: Watched) -> None:
        """From now on look at this one."""
        self._watchers[name] = asyncio.create_task(_guard(watched))

    def drop(self, name: str) -> None:
        """It has ended."""
        if watcher := self._watchers.pop(name, None):
            watcher.cancel()


async def _guard(watched: Watched) -> None:
    """A sandbox that cannot be watched is ended: its limits would be none."""
    try:
        await _watch(watched)
    except OSError:
        log.exception("the watch of %s failed", watched.workspace)
        watched.over(EndReason.RUNTIME_LOST)


async def _watch(watched: Watched) -> None:
    """Look again and again until it is over a limit."""
    loop = asyncio.get_running_loop()
    walked = next_walk = loop.time()
    free = _free(watched.workspace)
    walk: asyncio.Task[EndReason | None] | None = None
    while True:
        began = loop.time()
        reason = over_now(watched.box.usage(), watched.limits)
        if walk is not None and walk.done():
            reason, walk = reason or walk.result(), None
            # Honest work may have very many files: walking them takes a twentieth of the time at most.
            next_walk = max(next_walk, began + _PAUSE * (began - walked))
        lost = free - _free(watched.workspace)
        if walk is None and (began >= next_walk or lost > _DISK_SHARE * watched.limits.disk):
            # Beside the looking: hundreds of thousands of files take seconds, and a bomb does not wait.
            walk, walked = asyncio.create_task(_walk(watched)), began
            next_walk, free = began + DISK_INTERVAL, _free(watched.workspace)
        if reason is not None:
            watched.over(reason)
            return
        await asyncio.sleep(INTERVAL)


async def _walk(watched: Watched) -> EndReason | None:
    nameless = watched.box.unlinked()
    if watched.box.usage().memory + nameless.memory > watched.limits.memory:
        return EndReason.MEMORY_LIMIT
    used = await asyncio.to_thread(measure, watched.workspace, watched.limits.disk)
    used += nameless.disk + watched.log.stat().st_blocks * 512
    return EndReason.DISK_LIMIT if used > watched.limits.disk else None


def over_now(usage: Usage, limits: Limits) -> EndReason | None:
    """Which limit is exceeded. Processes first: a fork bomb takes memory too."""
    if usage.processes > limits.processes:
        return EndReason.PROCESS_LIMIT
    return EndReason.MEMORY_LIMIT if usage.memory > limits.memory else None


def _free(folder: Path) -> int:
    here = os.statvfs(folder)
    return here.f_bavail * here.f_frsize
