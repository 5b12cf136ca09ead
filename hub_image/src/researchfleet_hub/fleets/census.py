"""What the hub knows of a fleet's agents and findings, in a handful of queries however many agents there are."""

from dataclasses import dataclass

from researchfleet_core.families import Family
from researchfleet_core.wire.sync import AgentFacts
from sqlalchemy import Connection, func, select

from researchfleet_hub.fleets.facts import ScoreFacts
from researchfleet_hub.ledger.books import Books
from researchfleet_hub.state.tables import agents, findings

# How many of the last findings tell where the fleet is going.
WINDOW = 20


@dataclass(frozen=True)
class Work:
    """What one agent has done. family, submitting: of its newest experiment."""

    finished: int = 0
    family: Family | None = None
    submitting: bool = False


@dataclass(frozen=True)
class Census:
    """agents: facts by name, where a re-created name stands for its newest agent; experiments, findings: of all, ever."""

    agents: dict[str, AgentFacts]
    experiments: int
    findings: int


def census(connection: Connection, fleet_uid: str, books: Books, scores: ScoreFacts) -> Census:
    """Count a fleet."""
    work = _work(connection, fleet_uid)
    shared = _shared(connection, fleet_uid)
    rows = connection.execute(select(agents).where(agents.c.fleet_uid == fleet_uid).order_by(agents.c.created))
    by_name = {row.name: _facts(row, work.get(row.uid, Work()), shared.get(row.uid, 0), scores, books) for row in rows}
    return Census(by_name, sum(one.finished for one in work.values()), sum(shared.values()))


def _shared(connection: Connection, fleet_uid: str) -> dict[str, int]:
    """Findings by agent uid."""
    query = select(findings.c.agent_uid, func.count()).where(findings.c.fleet_uid == fleet_uid)
    rows = connection.execute(query.group_by(findings.c.agent_uid))
    return {row.agent_uid: int(row[1]) for row in rows}
