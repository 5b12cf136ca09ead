"""Attempts as sandboxes: starting them, stopping them, noticing how they end."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import AttemptKind

from researchfleet.local.clock import Clock
from researchfleet.local.errors import CannotRunError
from researchfleet.local.hub import HubRefusedError, HubUnreachableError, InternalHub
from researchfleet.local.orders import Orders, principal
from researchfleet.local.sandbox.order import Box, Confinement
from researchfleet.local.sandbox.watch import Watch, Watched
from researchfleet.local.state import AttemptRecord, Book

log = logging.getLogger(__name__)

# What a researcher gets to end by itself when it is stopped.
_GRACE = 2.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0


@dataclass
class Live:
    """An attempt on its way up, or up. reason: why it is being ended."""

    task: asyncio.Task[None]
    box: Box | None = None
    reason: EndReason | None = None


class Attempts:
    """Those of one run."""

    def __init__(
        self,
        book: Book,
        confinement: Confinement,
        hub: Callable[[], InternalHub],
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """hub: as it can be reached now; changed: called when one has started or ended, after it was written down."""
        self._book = book
        self._confinement = confinement
        self._hub = hub
        self._clock = clock
        self._changed = changed
        self._live: dict[str, Live] = {}
        self._failure: BaseException | None = None
        self._watch = Watch()

    @property
    def any(self) -> bool:
        """Whether one is on its way up, or up."""
        return bool(self._live)

    def start(self, uid: str, orders: Orders) -> None:
        """Bring an attempt up that was written down."""
        task = asyncio.create_task(self._run(uid, orders), name=uid)
        self._live[uid] = Live(task)
        task.add_done_callback(self._done)

    def check(self) -> None:
        """Raises what went wrong with the runtime itself, as a database that cannot be written to."""
        if self._failure:
            raise self._failure

    def _done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (failure := task.exception()):
            self._failure = failure
            self._changed()

    def stop(self, uid: str, reason: EndReason) -> bool:
        """Ask it to end and kill it after a grace, at once when the fleet is suspended; whether that was news."""
        live = self._live.get(uid)
        if live is None or live.reason is not None:
            return False
        live.reason = reason
        if live.box is None:
            live.task.cancel()
        elif reason is EndReason.SUSPENDED:
            live.box.kill()
        else:
            live.box.ask()
            asyncio.get_running_loop().call_later(_GRACE, live.box.kill)
        return True

    async def kill_all(self, reason: EndReason) -> None:
        """End all that are left, now, and wait for it."""
        for live in self._live.values():
            live.reason = live.reason or reason
            if live.box is None:
                live.task.cancel()
            else:
                live.box.kill()
        await asyncio.gather(*(live.task for live in self._live.values()), return_exceptions=True)

    async def _run(self, uid: str, orders: Orders) -> None:
        """From written down to written down as ended."""
        attempt = self._book.attempts[uid]
        status: int | None = None
        reason = EndReason.IMAGE_ERROR
        try:
            await self._bring_up(attempt, orders)
            status = await self._follow(uid)
            reason = EndReason.COMPLETED if status == 0 else EndReason.CRASHED
        except (CannotRunError, OSError) as error:
            log.warning("%s cannot be started: %s", attempt.name, error)
        except asyncio.CancelledError:
            reason = EndReason.SUSPENDED
        self._ended(uid, self._live.pop(uid).reason or reason, status)
        if attempt.kind is AttemptKind.REPRODUCTION:
            orders.folder.clear_scratch(attempt.name)

    async def _bring_up(self, attempt: AttemptRecord, orders: Orders) -> None:
        token = await self._token(attempt)
        agent = None if attempt.kind is AttemptKind.REPRODUCTION else self._book.agents[attempt.agent_uid]
        order = orders.order(attempt, agent, token)
        order.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = orders.folder.logs / f"{attempt.name}.log"
        box = await self._confinement.prepare(order, output)
        # From here on nothing is awaited: whoever cancels finds either no sandbox or one that was written down.
        live = self._live[attempt.uid]
        live.box = box
        self._book.remember(attempt.uid, box.identity)
        box.go()
        self._book.change_attempt(attempt.uid, started=self._clock())
        self._watch.add(attempt.uid, Watched(box, order.limits, order.workspace, output, lambda why: self._over(live, why)))
        log.info("%s runs as process %d", attempt.name, box.identity.pid)
        self._changed()

    async def _follow(self, uid: str) -> int:
        """The exit status, when it has ended."""
        box = self._live[uid].box
        assert box is not None  # noqa: S101 - for the type checker; it was brought up
        try:
            return await box.exit_status()
        finally:
            self._watch.drop(uid)
            self._book.forget(uid)

    def _over(self, live: Live, reason: EndReason) -> None:
        live.reason = live.reason or reason
        if live.box is not None:
            live.box.kill()

    def _ended(self, uid: str, reason: EndReason, status: int | None) -> None:
        attempt = self._book.attempts[uid]
        # One that never started cost nothing, so the hub need not know of it.
        self._book.change_attempt(
            uid, ended=self._clock(), reason=reason, exit_code=status, reported=attempt.started is None
        )
        log.info("%s ended: %s (status %s)", attempt.name, reason, status)
        self._changed()

    async def _token(self, attempt: AttemptRecord) -> str:
        """Waits for the hub as long as it takes; whoever runs out of time stops the attempt."""
        who = principal(self._book.fleet.uid, attempt)
        wait = _FIRST_WAIT
        while True:
            try:
                return await self._hub().issue_token(who)
            except HubUnreachableError:
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            except HubRefusedError as error:
                raise CannotRunError(f"the hub gave no token: {error}") from None
