"""Carrying out what core decided: each action is written down first, and done twice it changes nothing the second time."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from researchfleet_core.deciding import (
    Action,
    CreateAgent,
    DeleteAgent,
    EndReproduction,
    Finish,
    FinishAgent,
    Nominate,
    StartAttempt,
    StartReproduction,
    StopAttempt,
    Tell,
)
from researchfleet_core.wire.sync import AttemptKind, SyncResponse

from researchfleet.local.attempts import Attempts
from researchfleet.local.clock import Clock
from researchfleet.local.hub import HubRefusedError, HubUnreachableError, InternalHub
from researchfleet.local.orders import Orders
from researchfleet.local.state import AgentRecord, AttemptRecord, Book


@dataclass
class Actor:
    """Of one run. answer: the hub's last; nominating: what it is to be asked for with the next sync."""

    book: Book
    attempts: Attempts
    orders: Callable[[], Orders]
    hub: Callable[[], InternalHub]
    clock: Clock
    answer: SyncResponse | None = None
    nominating: Nominate | None = None
    _given_up: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def act(self, action: Action) -> bool:  # noqa: PLR0911 - one for each kind of action
        """Whether it changed anything."""
        match action:
            case CreateAgent():
                return self._create(action)
            case DeleteAgent(agent=name):
                return self._delete(action, self.book.agent(name))
            case FinishAgent(agent=name, reason=reason, failed=failed):
                self.book.change_agent(self.book.agent(name).uid, finished=reason, failed=failed)
                return True
            case StartAttempt(agent=name, number=number):
                return self._start(self.book.agent(name), number)
            case StartReproduction(reproduction=uid, number=number):
                return self._reproduce(uid, number)
            case StopAttempt(uid=uid, reason=reason):
                return self.attempts.stop(uid, reason)
            case Tell(uid=uid, directive=directive):
                self.book.change_attempt(uid, told=directive, told_at=self.clock())
                return True
            case Nominate():
                news = action != self.nominating
                self.nominating = action
                return news
            case EndReproduction(reproduction=uid, why=why):
                return self._give_up(uid, why)
            case Finish():
                self.book.change_fleet(finished=self.clock())
                return True

    def nominated(self, action: Nominate) -> None:
        """The hub has chosen finalists."""
        changes = {"nominated": self.clock()} | ({"closed": action.closing} if action.closing else {})
        self.book.change_fleet(**changes)
        if self.nominating == action:
            self.nominating = None

    def sweep(self) -> None:
        """Remove agents whose removal was ordered and whose attempt has ended."""
        for agent in self.book.agents.all():
            if agent.deleting and not agent.deleted and not self._active(agent.uid):
                self.book.change_agent(agent.uid, deleted=True)

    async def close(self) -> None:
        """Leave nothing under way."""
        for task in self._given_up.values():
            task.cancel()
        await asyncio.gather(*self._given_up.values(), return_exceptions=True)

    def _active(self, agent_uid: str) -> AttemptRecord | None:
        mine = (one for one in self.book.attempts.all() if one.kind is AttemptKind.AGENT and one.agent_uid == agent_uid)
        return next((one for one in mine if one.ended is None), None)

    def _create(self, action: CreateAgent) -> bool:
        name = f"{self.book.fleet.name}-{action.ordinal}"
        uid = uuid.uuid4().hex
        workspace = self.orders().folder.workspace(name)
        if workspace.exists():
            # Of an agent that was deleted: a re-created name inherits nothing.
            workspace.rename(workspace.with_name(f"{name}.before-{uid[:8]}"))
        self.book.agents.put(
            uid,
            AgentRecord(
                name=name,
                uid=uid,
                ordinal=action.ordinal,
                direction=action.direction,
                seed=action.seed,
                created=self.clock(),
            ),
        )
        return True

    def _delete(self, action: DeleteAgent, agent: AgentRecord) -> bool:
        self.book.change_agent(agent.uid, deleting=True)
        if active := self._active(agent.uid):
            self.attempts.stop(active.uid, action.reason)
        return True

    def _start(self, agent: AgentRecord, number: int) -> bool:
        return self._begin(
            AttemptRecord(
                uid=f"{agent.uid}-{number}",
                kind=AttemptKind.AGENT,
                owner=agent.name,
                agent=agent.name,
                agent_uid=agent.uid,
                number=number,
                direction=agent.direction,
                created=self.clock(),
            )
        )

    def _reproduce(self, uid: str, number: int) -> bool:
        author = next((one.agent for one in self.answer.reproductions if one.uid == uid), None) if self.answer else None
        if author is None:
            return False
        # The author may have been deleted since; the ledger then books it on the reproduction itself.
        agent_uid = next((one.uid for one in reversed(self.book.agents.all()) if one.name == author), uid)
        return self._begin(
            AttemptRecord(
                uid=f"{uid}-{number}",
                kind=AttemptKind.REPRODUCTION,
                owner=uid,
                agent=author,
                agent_uid=agent_uid,
                number=number,
                direction="",
                created=self.clock(),
            )
        )

    def _begin(self, attempt: AttemptRecord) -> bool:
        if self.book.attempts.get(attempt.uid):
            return False
        self.book.attempts.put(attempt.uid, attempt)
        self.attempts.start(attempt.uid, self.orders())
        return True

    def _give_up(self, uid: str, why: str) -> bool:
        before = self._given_up.get(uid)
        if before is None or before.done():
            self._given_up[uid] = asyncio.create_task(self._end_reproduction(uid, why))
        # Not news even the first time: only the hub's next answer shows it.
        return False

    async def _end_reproduction(self, uid: str, why: str) -> None:
        try:
            await self.hub().end_reproduction(uid, why)
        except (HubUnreachableError, HubRefusedError):
            return  # decided again from the next answer
