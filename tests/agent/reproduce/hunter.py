"""Sent by tests as a snapshot's entry: looks for the token in every process it can see; predicts 1 if it found it.

It is told the token backwards, so that no copy of the program holds it.
"""

import json
import os
import re
import sys
from pathlib import Path

secret = "@BACKWARDS@"[::-1].encode()


def memory(process: Path) -> bool:
    """Whether the token is in its writable memory."""
    with (process / "maps").open() as maps, (process / "mem").open("rb", 0) as mem:
        for line in maps:
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if span:
                start, end = (int(side, 16) for side in span.groups())
                mem.seek(start)
                if secret in mem.read(end - start):
                    return True
    return False


def files(process: Path) -> bool:
    """Whether the token is in its command line or environment."""
    return any(secret in (process / name).read_bytes() for name in ("environ", "cmdline"))


def processes() -> list[Path]:
    """All that can be seen but this one, which knows what it hunts."""
    try:
        return [path for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != os.getpid()]
    except OSError:
        return []


found = False
for process in processes():
    for look in (files, memory):
        try:
            found = found or look(process)
        except (OSError, ValueError, OverflowError):
            continue
rows = json.loads(Path(sys.argv[sys.argv.index("--task") + 1], "task.json").read_text())["rows"]["test"]
Path(sys.argv[sys.argv.index("--out") + 1]).write_text(json.dumps([float(found)] * rows))
