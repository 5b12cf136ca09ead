"""Numbers that are committed in their order."""

from sqlalchemy import Connection

from researchfleet_hub.state.database import insert
from researchfleet_hub.state.tables import counters


def next_number(connection: Connection, fleet_uid: str, name: str) -> int:
    """The fleet's next number of `name`, from 1; held until this transaction ends."""
    first = insert(connection, counters).values(fleet_uid=fleet_uid, name=name, value=1)
    take = first.on_conflict_do_update(
        index_elements=[counters.c.fleet_uid, counters.c.name], set_={"value": counters.c.value + 1}
    )
    return int(connection.execute(take.returning(counters.c.value)).scalar_one())
