"""Signs of life, and what the runtime wants of an attempt."""

from dataclasses import dataclass

from researchfleet_core.wire.sync import Directive, Heartbeat, HeartbeatAnswer
from sqlalchemy import select, update

from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import agents, attempts
from researchfleet_hub.times import Clock, micros


@dataclass(frozen=True)
class Heartbeats:
    """Hears agents."""

    database: Database
    clock: Clock

    def hear(self, who: Researcher, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """Note that the attempt lives; answer with the directive of its last sync."""
        alive = {
            "heartbeat": micros(self.clock()),
            "activity": heartbeat.activity,
            "attempt_uid": who.attempt_uid,
        }
        told = select(attempts.c.directive).where(attempts.c.uid == who.attempt_uid)
        with self.database.write() as connection:
            connection.execute(update(agents).where(agents.c.uid == who.uid).values(alive))
            directive = connection.execute(told).scalar_one_or_none()
        return HeartbeatAnswer(directive=Directive(directive) if directive else Directive.CONTINUE)
