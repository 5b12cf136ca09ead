"""The fleet's own row."""

from dataclasses import dataclass

from researchfleet_core.wire.setup import FleetSetup
from sqlalchemy import Connection, Select, select

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
    return _known(uid, _fleet(connection, select(fleets).where(fleets.c.uid == uid).with_for_update()))


def read_fleet(connection: Connection, uid: str) -> Fleet:
    """The fleet. Refused with 404."""
    return _known(uid, find_fleet(connection, uid))


def find_fleet(connection: Connection, uid: str) -> Fleet | None:
    """The fleet, None before it is set up."""
    return _fleet(connection, select(fleets).where(fleets.c.uid == uid))


def _known(uid: str, fleet: Fleet | None) -> Fleet:
    if fleet is None:
        raise not_found(f"fleet {uid}")
    return fleet


def _fleet(connection: Connection, wanted: Select[tuple[object, ...]]) -> Fleet | None:
    row = connection.execute(wanted).first()
    if row is None:
        return None
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
