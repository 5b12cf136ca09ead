"""From a runtime's statuses to what a person sees, with a clock that goes on between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from researchfleet.live import View, picture
from researchfleet.local import Status

TICK_SECONDS = 0.5


class Following:
    """Shows every status to a view, and the newest one again with the time that has passed."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.newest: Status | None = None

    def show(self, status: Status) -> None:
        """A new status came."""
        self.newest = status
        self._view.show(picture(status, status.updated))

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """While inside, elapsed and left go on."""
        ticker = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self.newest:
                self._view.show(picture(self.newest, datetime.now(UTC)))
