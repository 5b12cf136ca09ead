"""Limits of each process of a sandbox, for what the watch cannot see soon enough, and who gives way to whom."""

import contextlib
import platform
import re
import resource

from researchfleet.local.processes import children
from researchfleet.local.sandbox.order import Limits, Order

# Weaker than the hub, the evaluator and the person's own programs, yet a third of one of them.
NICE = 5
# When the machine has no memory left, the kernel ends sandboxes before anything else.
OOM_SCORE = 900
_OPEN_FILES = 4096
# The watch ends a sandbox above its limit; so far above it the kernel forks no more. Far, because a bomb that dies of a
# failed fork before the watch has looked would pass for a crash.
_SPARE = 2048
# And so many bytes above the disk limit a file does not grow.
_SPARE_DISK = 8 << 20
# Since then the kernel counts processes by user namespace; before, by user, and other programs would count in.
_COUNTED_APART = (5, 14)


def rlimits(order: Order) -> dict[str, int]:
    """By name in the resource module. A file that is larger than the whole disk limit stops growing."""
    return {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": order.limits.disk + _SPARE_DISK, "RLIMIT_NOFILE": _OPEN_FILES}


def bound_forks(first: int, limits: Limits) -> None:
    """Bound how many processes a sandbox can fork, by its first process and the program, which has not forked yet.

    The kernel ignores it for root.
    """
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if version and (int(version[1]), int(version[2])) >= _COUNTED_APART:
        most = limits.processes + _SPARE
        for pid in (first, *children(first)):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_NPROC, (most, most))
