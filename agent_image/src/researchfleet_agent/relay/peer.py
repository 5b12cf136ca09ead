"""One end of an HTTP/1.1 connection: events of h11 over asyncio's streams."""

import asyncio
from typing import TypeAlias

import h11

Event: TypeAlias = (
    h11.Request | h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage | h11.ConnectionClosed
)
Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 64 * 1024


class Peer:
    """h11's state machine with the streams it reads from and writes to. The role is ours: h11.SERVER towards a client."""

    def __init__(self, role: type[h11.CLIENT] | type[h11.SERVER], streams: Streams) -> None:
        self.state = h11.Connection(role)
        self._reader, self._writer = streams
        self._loop = asyncio.get_running_loop()
        self._last_used = self._loop.time()

    async def event(self) -> Event:
        """The next event; h11.ConnectionClosed when the other side has closed between messages.

        Raises h11.RemoteProtocolError for what is not HTTP (a message cut short is not), OSError for a broken connection.
        """
        while True:
            event = self.state.next_event()
            if isinstance(event, Event):
                return event
            if event is h11.PAUSED:
                raise h11.RemoteProtocolError("a message came where none may come")
            if self.state.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            self.state.receive_data(await self._reader.read(_CHUNK))

    async def send(self, event: Event) -> None:
        """Write an event; waits while the other side is slow. Raises OSError when it has gone."""
        self._writer.write(self.state.send(event) or b"")
        await self._writer.drain()
        self._last_used = self._loop.time()

    async def gone(self) -> None:
        """Returns when the other side has closed. A request it sends ahead waits in h11, and then nothing is noticed."""
        data = await self._reader.read(_CHUNK)
        self.state.receive_data(data)
        if data:
            await self._loop.create_future()

    async def finish(self, linger: float) -> None:
        """Say that nothing more comes, then read on for up to `linger` seconds.

        Closing with unread bytes would reset the connection before the other side has read our last answer.
        """
        self._writer.write_eof()
        try:
            async with asyncio.timeout(linger):
                while await self._reader.read(_CHUNK):
                    pass
        except TimeoutError:
            pass

    def seems_gone(self) -> bool:
        """Whether the other side is known to have closed."""
        return self._reader.at_eof() or self._writer.is_closing()

    def reusable(self, idle_limit: float) -> bool:
        """Whether another request may be sent: the last one is over and the connection was used within idle_limit s."""
        idle = self._loop.time() - self._last_used
        return self.state.our_state is h11.IDLE and not self.seems_gone() and idle < idle_limit

    def close(self) -> None:
        """Close; a message of ours that is not complete is cut so that the other side notices."""
        if self.state.our_state is h11.SEND_BODY:
            self._writer.transport.abort()
        else:
            self._writer.close()
