"""Sockets and the server on them."""

import os
import signal
import socket
import stat
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

BACKLOG = 512

# Seconds. Longer than clients keep idle connections, so that none is closed in the moment in which it is used again.
KEEP_ALIVE = 75


def listen(address: str) -> socket.socket:
    """A listening socket on `unix:PATH` (for this user only) or `HOST:PORT`. Raises OSError when it is in use."""
    if address.startswith("unix:"):
        return _listen_unix(Path(address.removeprefix("unix:")))
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=BACKLOG)


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Answer until SIGTERM or SIGINT; requests at hand are finished first, then the process ends with status 0."""
    for end in (signal.SIGTERM, signal.SIGINT):
        # The server catches both while it runs and raises them again when it is done.
        signal.signal(end, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_keep_alive=KEEP_ALIVE
    )
    uvicorn.Server(config).run(sockets=[listening])


def _listen_unix(path: Path) -> socket.socket:
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
        path.unlink()  # left by a process that was killed
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(BACKLOG)
    return listening


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
