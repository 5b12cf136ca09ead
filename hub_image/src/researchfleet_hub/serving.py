"""One process, two listeners."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from researchfleet_hub.faces.agent_port import agent_port
from researchfleet_hub.faces.internal_port import internal_port
from researchfleet_hub.faces.metrics import Counting, Metrics
from researchfleet_hub.hub import Hub

logger = logging.getLogger(__name__)

# Requests wait for the database and the evaluator in threads; the evaluator holds 32 of them at most.
THREADS = 64
# How long a request that has begun may go on after a stop was asked for.
GRACE_SECONDS = 10


@dataclass(frozen=True)
class Listen:
    """Where a port listens: a unix socket, or a host and port."""

    socket: Path | None = None
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> "Listen":
        """`unix:PATH` or `HOST:PORT`. Raises ValueError."""
        if text.startswith("unix:"):
            return cls(socket=Path(text.removeprefix("unix:")))
        host, _, port = text.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError(f"{text} is not allowed (unix:PATH or HOST:PORT)")
        return cls(host=host.strip("[]"), port=int(port))


class Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process, which has two listeners."""
        yield


def listeners(hub: Hub, agents: Listen, internal: Listen) -> list[Listener]:
    """Both ports, not yet listening."""
    metrics = Metrics(hub.database)
    ports = {"agent": (agent_port(hub), agents), "internal": (internal_port(hub, metrics), internal)}
    return [_listener(Counting(app, metrics, name), listen) for name, (app, listen) in ports.items()]


async def serve(hub: Hub, agents: Listen, internal: Listen) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are answered first."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    servers = listeners(hub, agents, internal)

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    try:
        async with asyncio.TaskGroup() as group:
            for server in servers:
                group.create_task(_serve(server, stop))
    finally:
        hub.close()


async def _serve(server: Listener, stop: Callable[[], None]) -> None:
    """One listener; when it ends, for whatever reason, the other ends too."""
    try:
        await server.serve()
    finally:
        stop()


def _listener(app: ASGIApp | FastAPI, listen: Listen) -> Listener:
    place = {"uds": str(listen.socket)} if listen.socket else {"host": listen.host, "port": listen.port}
    config = uvicorn.Config(
        app,
        **place,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        # Agents ask every few seconds; a connection that is kept saves a handshake.
        timeout_keep_alive=75,
    )
    return Listener(config)
