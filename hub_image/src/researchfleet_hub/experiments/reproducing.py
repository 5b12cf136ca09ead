"""What the three routes of a reproduction do."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from researchfleet_core.wire.evaluation import ReproductionPredictions

from researchfleet_hub.evaluator import Evaluator
from researchfleet_hub.fleets.facts import ScoreFacts, facts
from researchfleet_hub.fleets.rows import read_fleet
from researchfleet_hub.identity.callers import Reproducer
from researchfleet_hub.refusals import not_found
from researchfleet_hub.snapshots.shelf import Shelf
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.once import Write, claim, keep, recall
from researchfleet_hub.times import Clock, micros


class Taken(BaseModel):
    """What is kept of a delivery: that it was taken."""


@dataclass(frozen=True)
class Reproducing:
    """Serves reproductions."""

    database: Database
    evaluator: Evaluator
    shelf: Shelf
    clock: Clock

    def inputs(self, who: Reproducer) -> Iterator[bytes]:
        """Plan and sealed inputs, as the chunks of a tar."""
        return self.evaluator.reproduction_inputs(who.reproduction)

    def snapshot(self, who: Reproducer) -> bytes:
        """The tar of the snapshot that is to be run. Refused with 404."""
        with self.database.read() as connection:
            known = read_fleet(connection, who.fleet_uid).facts
        digest = _digest(known, who) or _digest(facts(self.evaluator.scores(who.fleet_uid)), who)
        if digest is None:
            raise not_found(f"reproduction {who.reproduction} of this fleet")
        return self.shelf.tar(digest)

    def deliver(self, who: Reproducer, key: str, body: ReproductionPredictions) -> None:
        """Hand one run in."""
        write = Write.of(who.reproduction, key, "upload reproduction predictions", body)
        with self.database.read() as connection:
            if recall(connection, write):
                return
        self.evaluator.deliver(who.reproduction, body)
        with self.database.write() as connection:
            if claim(connection, write, micros(self.clock())) is None:
                keep(connection, write, Taken())


def _digest(known: ScoreFacts, who: Reproducer) -> str | None:
    return next((one.snapshot for one in known.reproductions if one.uid == who.reproduction), None)
