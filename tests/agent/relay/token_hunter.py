"""Started by tests as the researcher: looks for the token wherever a process of the same user can look; prints places.

It is told the token backwards, so that it does not find its own knowledge.
"""

import os
import re
from pathlib import Path

secret = os.environ["HUNTED_BACKWARDS"][::-1].encode()


def memory(pid: int):
    """Writable memory of another process, region by region."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as mem:
        for line in maps:
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if span:
                start, end = (int(side, 16) for side in span.groups())
                mem.seek(start)
                yield mem.read(end - start)


def descriptors(pid: int):
    """What can be opened again through another process's descriptors, pipes, that is."""
    for link in list(Path(f"/proc/{pid}/fd").iterdir()):
        if link.is_fifo():
            fd = os.open(link, os.O_RDONLY | os.O_NONBLOCK)
            try:
                yield os.read(fd, 1 << 16)
            except BlockingIOError:
                pass
            finally:
                os.close(fd)


def files(pid: int):
    """Small files about a process."""
    for name in ("environ", "cmdline"):
        yield Path(f"/proc/{pid}/{name}").read_bytes()


told = []
for pid, whose in ((os.getppid(), "relay"), (os.getpid(), "own")):
    for look in (files, descriptors) if whose == "own" else (files, descriptors, memory):
        try:
            found = any(secret in piece for piece in look(pid))
        except OSError as error:
            told.append(f"{whose} {look.__name__} {type(error).__name__}")
        else:
            told.append(f"{whose} {look.__name__} {'found' if found else 'nothing'}")
inherited = [link.name for link in list(Path("/proc/self/fd").iterdir()) if int(link.name) > 2 and link.exists()]
print("\n".join([*told, f"own inherited {inherited}"]))
