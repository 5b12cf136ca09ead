"""Reading the ledger."""

from dataclasses import dataclass

from researchfleet_core.wire.ledger import LedgerEntry, LedgerPage
from sqlalchemy import Row, select

from researchfleet_hub.fleets.rows import read_fleet
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import entries
from researchfleet_hub.times import SECOND, moment


@dataclass(frozen=True)
class Ledger:
    """Pages of the ledger."""

    database: Database

    def page(self, fleet_uid: str, since: int, limit: int) -> LedgerPage:
        """The next entries after `since`. Refused with 404."""
        query = select(entries).where(entries.c.fleet_uid == fleet_uid, entries.c.id > since)
        with self.database.read() as connection:
            read_fleet(connection, fleet_uid)
            rows = connection.execute(query.order_by(entries.c.id).limit(limit)).all()
        return LedgerPage(entries=[_entry(row) for row in rows], cursor=rows[-1].id if rows else since)


def _entry(row: Row[tuple[object, ...]]) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        key=row.key,
        at=moment(row.at),
        kind=row.kind,
        agent_uid=row.agent_uid,
        usd_nano=row.nano,
        pod_seconds=row.pod / SECOND,
        agent_seconds=row.active / SECOND,
        gpu_seconds=row.gpu / SECOND,
        tokens=row.tokens,
        evaluations=row.evaluations,
    )
