"""runtime.db: a change is written here before it is acted on, so a kill at any moment loses nothing."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from researchfleet_core.deciding import AgentState, World
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import AttemptKind, SyncResponse

from researchfleet.local.errors import CannotRunError
from researchfleet.local.processes import Identity, end_all
from researchfleet.local.state.records import AgentRecord, AttemptRecord, FleetRecord, Record
from researchfleet.local.state.table import Table, connect

Kept = TypeVar("Kept", bound=Record)

_FLEET = "fleet"
_ALIVE = "alive"


class Moment(Record):
    """A time."""

    at: datetime


class Started(Record):
    """A process that was started: of what name, and how to recognise it."""

    pid: int
    ticks: int
    boot: str

    @property
    def identity(self) -> Identity:
        """To recognise it by."""
        return Identity(self.pid, self.ticks, self.boot)


class Book:
    """The runtime's own state."""

    def __init__(self, file: Path) -> None:
        self._connection = connect(file)
        self._fleets = Table(self._connection, FleetRecord)
        self._moments = Table(self._connection, Moment)
        self._processes = Table(self._connection, Started)
        self.agents = Table(self._connection, AgentRecord)
        self.attempts = Table(self._connection, AttemptRecord)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def open_fleet(self, name: str, now: datetime) -> FleetRecord:
        """The fleet; begun now when the book is empty."""
        if self._fleets.get(_FLEET) is None:
            self._fleets.put(_FLEET, FleetRecord(uid=uuid.uuid4().hex, name=name, started=now))
        return self.fleet

    @property
    def fleet(self) -> FleetRecord:
        """The fleet, once it was opened."""
        return self._fleets[_FLEET]

    def change_fleet(self, **changes: Any) -> None:
        """Write fields of the fleet."""
        self._fleets.put(_FLEET, changed(self.fleet, changes))

    def change_agent(self, uid: str, **changes: Any) -> None:
        """Write fields of an agent."""
        self.agents.put(uid, changed(self.agents[uid], changes))

    def agent(self, name: str) -> AgentRecord:
        """The agent that has the name now. Raises KeyError."""
        for agent in self.agents.all():
            if agent.name == name and not agent.deleted:
                return agent
        raise KeyError(name)

    def change_attempt(self, uid: str, **changes: Any) -> None:
        """Write fields of an attempt."""
        self.attempts.put(uid, changed(self.attempts[uid], changes))

    def alive(self, now: datetime) -> None:
        """All that runs was seen alive; where we are killed next, this is how long it is known to have run."""
        self._moments.put(_ALIVE, Moment(at=now))

    def remember(self, name: str, process: Identity) -> None:
        """A process was started; a later runtime ends it if it still runs then."""
        self._processes.put(name, Started(pid=process.pid, ticks=process.ticks, boot=process.boot))

    def forget(self, name: str) -> None:
        """A process has ended and was reaped."""
        self._processes.drop(name)

    @property
    def processes(self) -> dict[str, Identity]:
        """What was started and not seen to end."""
        return {name: process.identity for name, process in self._processes.items()}

    def settle(self, now: datetime) -> None:
        """After another runtime: end what it left running and close its attempts at the last moment it saw them alive.

        Raises CannotRunError for a process that does not end.
        """
        left = self.processes
        try:
            end_all(left.values())
        except TimeoutError as error:
            raise CannotRunError(str(error)) from None
        for name in left:
            self.forget(name)
        seen = self._moments.get(_ALIVE)
        for attempt in self.attempts.all():
            if attempt.ended is None:
                started = attempt.started
                ended = now if started is None else max(started, seen.at) if seen else started
                self.change_attempt(attempt.uid, ended=ended, reason=EndReason.RUNTIME_LOST, reported=started is None)

    def world(self, hub: SyncResponse | None, hub_seen: datetime | None, slots: int, refused: str | None) -> World:
        """As decisions see it."""
        attempts = self.attempts.all()
        fleet = self.fleet
        return World(
            agents=tuple(
                AgentState(
                    name=agent.name,
                    uid=agent.uid,
                    ordinal=agent.ordinal,
                    created=agent.created,
                    attempts=tuple(one.observed() for one in attempts if one.agent_uid == agent.uid and _research(one)),
                    finished=agent.finished,
                    failed=agent.failed,
                    deleting=agent.deleting,
                )
                for agent in self.agents.all()
                if not agent.deleted
            ),
            reproductions=tuple(one.observed() for one in attempts if not _research(one)),
            hub=hub,
            hub_seen=hub_seen,
            nominated=fleet.nominated,
            closed=fleet.closed,
            finished=fleet.finished,
            reproduction_slots=slots,
            refused=refused,
        )


def _research(attempt: AttemptRecord) -> bool:
    return attempt.kind is AttemptKind.AGENT


def changed(record: Kept, changes: dict[str, Any]) -> Kept:
    """The record with other values in some fields."""
    return record.model_copy(update=changes)
