"""What a runtime has observed of one fleet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Directive, SyncResponse


class Phase(StrEnum):
    """What the fleet is doing; derived from the world, never stored."""

    RESEARCH = "research"
    REPRODUCTION = "reproduction"
    FINISHED = "finished"


@dataclass(frozen=True)
class Attempt:
    """One sandbox or pod of an agent or of a reproduction.

    owner: the agent's name or the reproduction's uid. started: when it was seen running, ended: when it was seen to have
    ended. told: the directive it was last given.
    """

    uid: str
    owner: str
    number: int
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    reason: EndReason | None = None
    exit_code: int | None = None
    told: Directive = Directive.CONTINUE
    told_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Created and not yet seen to have ended."""
        return self.ended is None


@dataclass(frozen=True)
class AgentState:
    """An agent that exists. finished: why it ended for good; failed: whether that was a failure.

    deleting: its removal was ordered, and it is gone as soon as its attempt has ended.
    """

    name: str
    uid: str
    ordinal: int
    created: datetime
    attempts: tuple[Attempt, ...] = ()
    finished: EndReason | None = None
    failed: bool = False
    deleting: bool = False

    @property
    def active(self) -> Attempt | None:
        """Its running or starting attempt; there is never more than one."""
        return next((attempt for attempt in self.attempts if attempt.active), None)

    @property
    def last(self) -> Attempt | None:
        """The newest attempt."""
        return max(self.attempts, key=lambda attempt: attempt.number, default=None)


@dataclass(frozen=True)
class World:
    """A fleet's surroundings at one moment.

    hub: its last answer, None before the first; hub_seen: when that came. reproductions: attempts of reproductions.
    nominated: when finalists were last chosen; closed: research ended and the last finalists were chosen, with the reason
    that ended it. reproduction_slots: how many reproductions may run at once. refused: why the hub did not take the newest
    spec; what ran before goes on unchanged. watching_since: when this runtime began to watch attempts of an earlier one.
    """

    agents: tuple[AgentState, ...] = ()
    reproductions: tuple[Attempt, ...] = ()
    hub: SyncResponse | None = None
    hub_seen: datetime | None = None
    nominated: datetime | None = None
    closed: Reason | None = None
    finished: datetime | None = None
    reproduction_slots: int = 1
    refused: str | None = None
    watching_since: datetime | None = None

    @property
    def active_attempts(self) -> list[Attempt]:
        """Attempts of agents that are not known to have ended."""
        return [attempt for agent in self.agents for attempt in agent.attempts if attempt.active]

    @property
    def staying(self) -> list[AgentState]:
        """Agents that are not being removed."""
        return [agent for agent in self.agents if not agent.deleting]

    @property
    def active_reproductions(self) -> list[Attempt]:
        """Attempts of reproductions that are not known to have ended."""
        return [attempt for attempt in self.reproductions if attempt.active]
