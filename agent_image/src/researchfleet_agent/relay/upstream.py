"""The way to the hub: connecting, for minutes if the hub restarts."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from researchfleet_agent.settings import Address

log = logging.getLogger(__name__)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HubUnreachableError(ConnectionError):
    """No connection to the hub within the patience."""


@dataclass(frozen=True)
class Patience:
    """How long and how often connecting is tried again. A hub restarts in seconds, a node in minutes."""

    seconds: float = 180
    first_wait: float = 0.05
    longest_wait: float = 2.0


class Upstream:
    """The hub's agent port."""

    def __init__(self, where: Path | Address, patience: Patience) -> None:
        self.where = where
        # A unix socket has no host name. Servers of MCP refuse hosts they do not know, and all know this one.
        self.host = b"localhost:80" if isinstance(where, Path) else f"{where.host}:{where.port}".encode()
        self._patience = patience

    async def connect(self, abandoned: Callable[[], bool]) -> Streams:
        """A new connection. abandoned: asked between tries, whether the client has gone.

        Raises HubUnreachableError with a sentence for the client.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.seconds
        wait = self._patience.first_wait
        while True:
            try:
                return await self._open()
            except OSError as error:
                if loop.time() + wait > end or abandoned():
                    raise HubUnreachableError(self._sentence(error)) from None
                if wait == self._patience.first_wait:
                    log.warning("hub at %s does not answer (%s); trying again", self.where, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._patience.longest_wait)

    async def _open(self) -> Streams:
        if isinstance(self.where, Path):
            return await asyncio.open_unix_connection(str(self.where))
        return await asyncio.open_connection(self.where.host, self.where.port)

    def _sentence(self, error: OSError) -> str:
        return (
            f"the hub could not be reached for {self._patience.seconds:g} seconds ({error.strerror or error}); "
            "send the request again with the same Idempotency-Key"
        )
