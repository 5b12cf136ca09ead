"""A relay in this process, and an HTTP server on a unix socket that stands for the hub and writes down what it gets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import h11
import pytest
from researchfleet_agent.relay.peer import Peer
from researchfleet_agent.relay.server import listen
from researchfleet_agent.relay.upstream import Patience, Upstream
from researchfleet_agent.settings import Address


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)

    def __getitem__(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


Answer = Callable[[Peer, Seen], Awaitable[None]]


async def say_ok(peer: Peer, seen: Seen) -> None:
    body = b"ok"
    await peer.send(h11.Response(status_code=200, headers=[("content-length", str(len(body)))]))
    await peer.send(h11.Data(data=body))
    await peer.send(h11.EndOfMessage())


class RecordingHub:
    """Reads whole requests, then lets `answer` speak; `on_data` is told of each piece of a body as it comes."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.seen: list[Seen] = []
        self.connections = 0
        self.answer: Answer = say_ok
        self.on_data: Callable[[bytes], None] = lambda _: None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.socket))

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.transport.abort()
        self.socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        peer = Peer(h11.SERVER, (reader, writer))
        with contextlib.suppress(OSError, h11.ProtocolError):
            while isinstance(request := await peer.event(), h11.Request):
                await self._one(peer, request)
                peer.state.start_next_cycle()
        writer.close()
        self._open.discard(writer)

    async def _one(self, peer: Peer, request: h11.Request) -> None:
        headers = [(name.decode(), value.decode()) for name, value in request.headers]
        seen = Seen(request.method.decode(), request.target.decode(), headers)
        self.seen.append(seen)
        while isinstance(event := await peer.event(), h11.Data):
            seen.body.extend(event.data)
            self.on_data(bytes(event.data))
        await self.answer(peer, seen)


class ChangingToken:
    """A token that a test replaces."""

    value = b"the-secret"

    def now(self) -> bytes:
        return self.value


@dataclass
class Relay:
    """Where a client finds it."""

    host: str
    port: int
    token: ChangingToken

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RecordingHub]:
    one = RecordingHub(tmp_path / "hub.sock")
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
def patience() -> Patience:
    return Patience(seconds=10, first_wait=0.01, longest_wait=0.02)


@pytest.fixture
async def relay(hub: RecordingHub, patience: Patience) -> AsyncIterator[Relay]:
    token = ChangingToken()
    server = await listen(Address("127.0.0.1", 0), Upstream(hub.socket, patience), token)
    host, port = server.sockets[0].getsockname()
    yield Relay(host, port, token)
    server.close()
