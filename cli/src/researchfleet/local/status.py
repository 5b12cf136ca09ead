"""status.json: what is going on in a run, for people and programs."""

import os
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from researchfleet_core.api.fleet import AgentCounts, FleetSpec
from researchfleet_core.api.meta import Condition
from researchfleet_core.deciding import AgentState, Attempt, Phase, World
from researchfleet_core.deciding.conditions import conditions, counts
from researchfleet_core.deciding.decide import phase
from researchfleet_core.wire.sync import SyncResponse

from researchfleet.local.state import Book


class AgentStatus(BaseModel):
    """One agent. state: with its attempts, newest last; direction: the prompt it started from."""

    model_config = ConfigDict(frozen=True)

    state: AgentState
    direction: str


class Status(BaseModel):
    """A run at one moment.

    updated: when this was written, by process `pid`; started: when the fleet first ran. spec: what is in force; its
    desiredState is Drained or Suspended once somebody asked for that. reproductions: attempts of them. sync: the hub's last
    answer, None before the first. sandbox: `bwrap` or `none`. services: how often evaluator and hub were started.
    """

    model_config = ConfigDict(frozen=True)

    updated: datetime
    fleet: str
    uid: str
    pid: int
    started: datetime
    finished: datetime | None
    phase: Phase
    sandbox: str
    conditions: list[Condition]
    spec: FleetSpec
    counts: AgentCounts
    agents: list[AgentStatus]
    reproductions: list[Attempt]
    services: dict[str, int]
    sync: SyncResponse | None

    def condition(self, kind: str) -> Condition:
        """The condition of a type. Raises StopIteration."""
        return next(condition for condition in self.conditions if condition.type == kind)

    def write(self, file: Path) -> None:
        """In one step: a reader sees the old one or the new one."""
        part = file.with_name(f".{file.name}.part")
        part.write_text(self.model_dump_json(by_alias=True))
        part.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Status":
        """Raises FileNotFoundError when nothing ever ran there."""
        return cls.model_validate_json(file.read_bytes())


class Scene:
    """Makes the statuses of a run; it remembers since when each condition holds."""

    def __init__(self, sandbox: str) -> None:
        self._sandbox = sandbox
        self._conditions: list[Condition] = []

    def status(self, book: Book, spec: FleetSpec, world: World, services: dict[str, int], now: datetime) -> Status:
        """As it is now."""
        fleet = book.fleet
        self._conditions = conditions(spec, world, now, generation=1, old=self._conditions)
        return Status(
            updated=now,
            fleet=fleet.name,
            uid=fleet.uid,
            pid=os.getpid(),
            started=fleet.started,
            finished=fleet.finished,
            phase=phase(spec, world),
            sandbox=self._sandbox,
            conditions=self._conditions,
            spec=spec,
            counts=counts(spec, world),
            agents=[AgentStatus(state=agent, direction=book.agents[agent.uid].direction) for agent in world.agents],
            reproductions=list(world.reproductions),
            services=services,
            sync=world.hub,
        )
