"""Observe, ask core, carry out; and tell what is going on."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.deciding import World, decide
from researchfleet_core.reasons import REASON_MEANING, EndReason, Reason

from researchfleet.local.acting import Actor
from researchfleet.local.attempts import Attempts
from researchfleet.local.clock import now
from researchfleet.local.folder import RunFolder
from researchfleet.local.home import Home
from researchfleet.local.hub import InternalHub
from researchfleet.local.line import Line
from researchfleet.local.orders import Orders
from researchfleet.local.polling import Poll
from researchfleet.local.sandbox.order import Confinement
from researchfleet.local.services import Services
from researchfleet.local.setting_up import Accepted, set_up
from researchfleet.local.state import Book
from researchfleet.local.status import Scene, Status

# Decisions that only time brings, as the end of a back-off, come so late at most.
_TICK = 1.0
# More rounds than any chain of decisions has: create an agent, start its attempt.
_ROUNDS = 8
# How often the hub is asked at the end to take the last reports, and how long apart.
_LAST_REPORTS, _APART = 20, 0.1

OnChange = Callable[[Status], None]
OnEnd = Callable[[InternalHub, Status], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """How a run ended. finished: for good; drained, stopped: `--resume` goes on. reason: a sentence."""

    kind: Literal["finished", "drained", "stopped"]
    reason: str


@dataclass(frozen=True)
class Place:
    """Where a run takes place. cores: how many reproductions run at once."""

    folder: RunFolder
    home: Home
    confinement: Confinement
    cores: int


class Loop:
    """Of one run."""

    def __init__(self, spec: FleetSpec, place: Place, book: Book, services: Services, on_change: OnChange) -> None:
        self._accepted = Accepted(spec, None)
        self._place = place
        self._book = book
        self._services = services
        self._on_change = on_change
        self._stopping: Literal["Drained", "Suspended"] | None = None
        self._news = asyncio.Event()
        self._line = Line(place.folder.connection)
        self._attempts = Attempts(book, place.confinement, self._line.hub, now, self._moved)
        self._actor = Actor(book, self._attempts, self._orders, self._line.hub, now)
        self._poll = Poll(book, self._actor, self._line.hub, now, self._news.set)
        self._scene = Scene(place.confinement.name)

    async def run(self, on_end: OnEnd | None) -> Outcome:
        """See LocalRuntime.run."""
        self._services.start(self._line.connect)
        polling = asyncio.create_task(self._set_up_and_poll())
        polling.add_done_callback(lambda _: self._news.set())
        self._watch_signals()
        try:
            outcome = await self._until_over(polling)
            polling.cancel()
            await self._report_ends()
            if on_end and self._poll.answer:
                await on_end(self._line.hub(), self._status())
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await self._attempts.kill_all(EndReason.SUSPENDED)
            await self._actor.close()
            await self._line.close()
            self._unwatch_signals()
            self._publish()
        return outcome

    async def _until_over(self, polling: "asyncio.Task[None]") -> Outcome:
        while True:
            self._news.clear()
            if polling.done():
                polling.result()
            self._attempts.check()
            self._book.alive(now())
            self._act()
            self._publish()
            if outcome := self._outcome():
                return outcome
            try:
                async with asyncio.timeout(_TICK):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _set_up_and_poll(self) -> None:
        self._accepted = await set_up(self._accepted.spec, self._book, self._line, self._services)
        await self._poll.run()

    def _act(self) -> None:
        for _ in range(_ROUNDS):
            self._actor.sweep()
            changes = [self._actor.act(action) for action in decide(self._wanted(), self._world(), now())]
            if not any(changes):
                return

    def _outcome(self) -> Outcome | None:
        if self._attempts.any:
            return None
        fleet = self._book.fleet
        if fleet.finished and fleet.closed is Reason.BUDGET_EXHAUSTED:
            return Outcome("finished", self._status().condition("BudgetAvailable").message)
        if fleet.finished:
            return Outcome("finished", REASON_MEANING[fleet.closed or Reason.FINISHED])
        if self._stopping == "Drained":
            return Outcome("drained", "every agent finished the experiment at hand")
        return Outcome("stopped", "every agent was stopped at once") if self._stopping else None

    def _wanted(self) -> FleetSpec:
        """The spec in force, with what the person at the keyboard wants."""
        spec = self._accepted.spec
        return spec.model_copy(update={"desired_state": self._stopping}) if self._stopping else spec

    def _world(self) -> World:
        return self._book.world(self._poll.answer, self._poll.asked, self._place.cores, self._accepted.refused)

    async def _report_ends(self) -> None:
        """The hub hears of every end before it stops, so that it need not guess how long an attempt ran."""
        for _ in range(_LAST_REPORTS):
            if self._poll.answer is None or all(one.reported for one in self._book.attempts.all()):
                return
            if not await self._poll.once():
                await asyncio.sleep(_APART)

    def _watch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)

    def _unwatch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)

    def _stop(self) -> None:
        self._stopping = "Suspended" if self._stopping else "Drained"
        self._moved()

    def _moved(self) -> None:
        self._news.set()
        self._poll.soon()

    def _orders(self) -> Orders:
        return Orders(self._place.folder, self._place.home, self._accepted.spec)

    def _status(self) -> Status:
        return self._scene.status(self._book, self._wanted(), self._world(), self._services.starts, now())

    def _publish(self) -> None:
        status = self._status()
        status.write(self._place.folder.status)
        self._on_change(status)
