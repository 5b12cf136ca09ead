"""What the runtime says of a fleet before its first attempt."""

from dataclasses import dataclass

from researchfleet_core.wire.setup import FleetReady, FleetSetup
from sqlalchemy import insert, update

from researchfleet_hub.evaluator import Evaluator, EvaluatorAwayError
from researchfleet_hub.fleets.facts import ScoreFacts
from researchfleet_hub.fleets.rows import find_fleet
from researchfleet_hub.refusals import invalid
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import fleets
from researchfleet_hub.times import Clock, micros


@dataclass(frozen=True)
class Setup:
    """Sets fleets up."""

    database: Database
    evaluator: Evaluator
    clock: Clock

    def put(self, fleet_uid: str, setup: FleetSetup) -> FleetReady:
        """Keep limits and prices; the plan goes to the evaluator, which refuses a change after the first experiment."""
        for field, uid in (("fleet_uid", setup.fleet_uid), ("plan.fleet_uid", setup.plan.fleet_uid)):
            if uid != fleet_uid:
                raise invalid(field, f"{uid} is not the fleet of this path, {fleet_uid}")
        ready = self._planned(setup)
        now = micros(self.clock())
        values = {"setup": setup.model_dump_json(), "testbed": ready.testbed, "problem": ready.problem}
        with self.database.write() as connection:
            if not connection.execute(update(fleets).where(fleets.c.uid == fleet_uid).values(values)).rowcount:
                new = {"created": now, "observed": 0, "facts": ScoreFacts().model_dump_json(), "storage_paid": 0}
                connection.execute(insert(fleets).values(uid=fleet_uid, **values, **new))
        return ready

    def _planned(self, setup: FleetSetup) -> FleetReady:
        try:
            planned = self.evaluator.plan(setup.plan)
        except EvaluatorAwayError:
            # New limits must reach a fleet that is over its budget, whether or not the evaluator is there.
            if known := self._same_plan(setup):
                return known
            raise
        return FleetReady(testbed=planned.testbed, problem=planned.problem)

    def _same_plan(self, setup: FleetSetup) -> FleetReady | None:
        with self.database.read() as connection:
            known = find_fleet(connection, setup.fleet_uid)
        if known is None or known.setup.plan != setup.plan:
            return None
        return FleetReady(testbed=known.testbed, problem=known.problem)
