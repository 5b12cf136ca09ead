"""The forked process that becomes the run: limits, a clean environment, then the snapshot's entry."""

import os
import resource
import runpy
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from researchfleet_core.wire.snapshots import MANIFEST, Manifest

from researchfleet_agent.features import FEATURES
from researchfleet_agent.runner.kernel import die_with_parent
from researchfleet_agent.runner.messages import Limits, RunRequest

# A fork of a warm process has numpy and torch set to one thread already; these hold for what it starts.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")


def become(request: RunRequest, scratch: Path, output: int) -> NoReturn:
    """Turn this process into the run. Its output goes to the descriptor `output`; it never returns.

    scratch: its own folder: working directory, TMPDIR and HOME; predictions are expected in it as `predictions.json`.
    """
    status = 1
    try:
        os.setsid()
        die_with_parent()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _connect(output)
        _limit(request.limits)
        _environment(request, scratch)
        os.chdir(scratch)
        status = _execute(request, scratch)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            # Not sys.exit: what the warm parent registered to run at exit is not this run's.
            os._exit(status)


def _execute(request: RunRequest, scratch: Path) -> int:
    folder = Path(request.snapshot)
    entry = folder / Manifest.model_validate_json((folder / MANIFEST).read_bytes()).entry
    sys.path.insert(0, str(entry.parent))
    sys.argv = [str(entry), "--task", request.task, "--weak-labels", request.weak_labels, "--student", request.student]
    sys.argv += ["--seed", str(request.seed), "--out", str(scratch / "predictions.json")]
    try:
        runpy.run_path(str(entry), run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _connect(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 1 << 16)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def _limit(limits: Limits) -> None:
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    seconds = int(limits.seconds) + 1
    for what, soft in (
        (resource.RLIMIT_AS, size + limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(what, (value, value))


def _environment(request: RunRequest, scratch: Path) -> None:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | ONE_THREAD | {"TMPDIR": str(scratch), "HOME": str(scratch), "TOKENIZERS_PARALLELISM": "false"})
    tempfile.tempdir = None  # else it stays what the supervisor's environment said
    if request.features is not None:
        os.environ[FEATURES] = request.features
