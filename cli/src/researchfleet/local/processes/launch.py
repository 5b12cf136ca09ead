"""Run as a script by a bare interpreter: become a process that dies with its parent and hurts itself first, then exec.

`python -I -S launch.py JSON`, the JSON being a Launch of processes/child.py. A program of its own, because what runs
between fork and exec in a process with threads may only do very little, and bubblewrap itself should start like this.
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import sys

_SET_PDEATHSIG = 1  # linux/prctl.h
# Above every descriptor a program is promised; sources wait there while targets are filled.
_ASIDE = 100


def main() -> None:
    """Never returns."""
    order = json.loads(sys.argv[1])
    if ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0 or os.getppid() != order["parent"]:
        sys.exit(1)  # the parent died before we were bound to it
    _place(order["descriptors"])
    os.nice(order["nice"])
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs 5 ms here
        file.write(str(order["oom_score"]))
    for name, value in order["limits"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))
    os.execve(order["program"], order["command"], order["environment"])  # noqa: S606


def _place(descriptors: list[list[int]]) -> None:
    aside = []
    for source, target in descriptors:
        aside.append((fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, _ASIDE), target))
        os.close(source)
    for source, target in aside:
        os.dup2(source, target)


if __name__ == "__main__":
    main()
