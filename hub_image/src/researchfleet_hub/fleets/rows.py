"""The fleet's own row."""

from dataclasses import dataclass

from researchfleet_core.wire.setup import FleetSetup
from sqlalchemy import Connection, select

from researchfleet_hub.fleets.facts import ScoreFacts
from researchfleet_hub.refusals import not_found
from researchfleet_hub.state.tables import fleets


@dataclass(frozen=True)
class Fleet:
    """What the hub keeps of a fleet. created, observed: microseconds; storage_paid: intervals."""

    uid: str
    setup: FleetSetup
    testbed: str
    problem: str
    created: int
    observed: int
    facts: ScoreFacts
    storage_paid: int


def hold_fleet(connection: Connection, uid: str) -> Fleet:
    """The fleet, locked until the transaction ends: whoever changes its ledger waits in line. Refused with 404."""
    return _fleet(connection, uid, lock=True)


def read_fleet(connection: Connection, uid: str) -> Fleet:
    """The fleet. Refused with 404."""
    return _fleet(connection, uid, lock=False)


def _fleet(connection: Connection, uid: str, *, lock: bool) -> Fleet:
    wanted = select(fleets).where(fleets.c.uid == uid)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise not_found(f"fleet {uid}")
    return Fleet(
        uid=row.uid,
        setup=FleetSetup.model_validate_json(row.setup),
        testbed=row.testbed,
        problem=row.problem,
        created=row.created,
        observed=row.observed,
        facts=ScoreFacts.model_validate_json(row.facts),
        storage_paid=row.storage_paid,
    )
