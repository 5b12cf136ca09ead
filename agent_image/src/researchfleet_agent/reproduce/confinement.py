"""Around a snapshot's own entry: a folder whose entry confines its process first, and then becomes the snapshot's.

It is an ordinary snapshot (docs/snapshots.md) to the runner. Where the kernel has no Landlock it confines nothing, and
the driver makes one run after the other instead.
"""

import json
import os
import runpy
import sys
from pathlib import Path

from researchfleet_core.wire.snapshots import MANIFEST, Manifest

from researchfleet_agent.features import FEATURES
from researchfleet_agent.hub.unpacking import write_files
from researchfleet_agent.reproduce import landlock

CODE = "code"
_ENTRY = "confined.py"
_ALLOWED = "allowed.json"

_PROGRAM = """from researchfleet_agent.reproduce.confinement import become

become(__file__)
"""

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/sys/devices/system", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm")
# Not all of /proc/self: its `net` lists the sockets of other processes, its `task` leads there too.
_SELF = tuple(
    f"/proc/self/{name}" for name in ("stat", "statm", "status", "maps", "cmdline", "limits", "cgroup", "mountinfo")
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def wrap(files: dict[str, bytes], folder: Path, readable: list[Path]) -> None:
    """Write a snapshot's files below `folder`/code and the confining entry beside them.

    readable: what a run may read beside Python and its own scratch folder. Raises ValueError for a manifest that is none.
    """
    manifest = Manifest.model_validate_json(files[MANIFEST])
    write_files(files, folder / CODE)
    # Its parameters stay: the runner chooses the warm process by them.
    outer = manifest.model_copy(update={"entry": _ENTRY})
    (folder / MANIFEST).write_text(outer.model_dump_json(), encoding="utf-8")
    allowed = {"entry": manifest.entry, "readable": [str(path) for path in readable]}
    (folder / _ALLOWED).write_text(json.dumps(allowed), encoding="utf-8")
    (folder / _ENTRY).write_text(_PROGRAM, encoding="utf-8")


def become(confined: str) -> None:
    """Called by the confining entry, in the process of the run: give up all that the run does not need, then run it.

    The working directory is the run's own scratch folder, the only place it may write to.
    """
    folder = Path(confined).parent
    allowed = json.loads((folder / _ALLOWED).read_text(encoding="utf-8"))
    entry = folder / CODE / allowed["entry"]
    if landlock.version() > 0:
        readable = [*map(Path, allowed["readable"]), folder / CODE, *python_and_system()]
        landlock.confine(readable, [Path.cwd(), *map(Path, _DEVICES)])
    sys.path[0] = str(entry.parent)
    sys.argv[0] = str(entry)
    runpy.run_path(str(entry), run_name="__main__")


def python_and_system() -> list[Path]:
    """What any program in this sandbox needs to read."""
    python = [Path(sys.prefix), Path(sys.base_prefix), *(Path(path) for path in sys.path[1:] if path)]
    features = os.environ.get(FEATURES)
    return [*python, *map(Path, (*_SYSTEM, *_SELF)), *([Path(features)] if features else [])]
