"""The one poll: what runs goes to the hub, what it knows comes back."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from researchfleet_core.wire.sync import SyncRequest, SyncResponse

from researchfleet.local.acting import Actor
from researchfleet.local.clock import Clock
from researchfleet.local.hub import HubRefusedError, HubUnreachableError, InternalHub
from researchfleet.local.state import Book

log = logging.getLogger(__name__)

# A hub on the same machine answers in milliseconds; leases are bought 30 s ahead.
INTERVAL = 2.0
# Ends and starts are told at once, but a burst of them in one sync.
_SOON = 0.1


@dataclass
class Poll:
    """Of one run. answer: the hub's last; asked: when it was asked for, since it cannot know of anything later.

    trouble: the hub has not answered the newest sync.
    """

    book: Book
    actor: Actor
    hub: Callable[[], InternalHub]
    clock: Clock
    heard: Callable[[], None]
    answer: SyncResponse | None = None
    asked: datetime | None = None
    trouble: bool = False
    _soon: asyncio.Event = field(default_factory=asyncio.Event)

    def soon(self) -> None:
        """Something happened that the hub should know."""
        self._soon.set()

    async def run(self) -> None:
        """Again and again, until cancelled."""
        while True:
            await self.once()
            try:
                async with asyncio.timeout(INTERVAL):
                    await self._soon.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(_SOON)

    async def once(self) -> bool:
        """Whether the hub answered."""
        self._soon.clear()
        asked = self.clock()
        reports = {one.uid: report for one in self.book.attempts.all() if not one.reported and (report := one.report())}
        nominate = self.actor.nominating
        request = SyncRequest(observed=asked, attempts=list(reports.values()), nominate=nominate is not None)
        try:
            self.answer = await self.hub().sync(request)
        except (HubUnreachableError, HubRefusedError) as error:
            if not self.trouble:
                log.warning("the hub takes no sync: %s", error)
            self.trouble = True
            return False
        if self.trouble:
            log.info("the hub answers again")
        self.trouble = False
        self.asked = asked
        self.actor.answer = self.answer
        for uid, report in reports.items():
            if report.ended is not None:
                self.book.change_attempt(uid, reported=True)
        if nominate and self.answer.nominated:
            self.actor.nominated(nominate)
        self.heard()
        return True
