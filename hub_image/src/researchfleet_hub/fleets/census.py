"""What the hub knows of a fleet's agents and findings, in a handful of queries however many agents there are."""

from collections import Counter
from dataclasses import dataclass

from researchfleet_core.families import Family, entropy_bits
from researchfleet_core.wire.sync import AgentFacts
from sqlalchemy import Connection, Row, and_, func, select

from researchfleet_hub.fleets.facts import ScoreFacts, Standing
from researchfleet_hub.ledger.books import Books
from researchfleet_hub.state.tables import agents, attempts, experiments, findings
from researchfleet_hub.times import moment

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


def entropy(connection: Connection, fleet_uid: str) -> float:
    """Entropy of the last findings' families, in bits."""
    query = select(findings.c.family).where(findings.c.fleet_uid == fleet_uid, findings.c.family.is_not(None))
    families = connection.execute(query.order_by(findings.c.id.desc()).limit(WINDOW)).scalars()
    return entropy_bits(Counter(families).values())


def _facts(row: Row[tuple[object, ...]], work: Work, shared: int, scores: ScoreFacts, books: Books) -> AgentFacts:
    standing = scores.standings.get(row.uid, Standing())
    return AgentFacts(
        heartbeat=moment(row.heartbeat) if row.heartbeat else None,
        activity=row.activity,
        direction=row.direction,
        family=work.family,
        submitting=work.submitting,
        experiments=work.finished,
        findings=shared,
        dev_pgr=standing.dev,
        rank_pgr=standing.rank,
        ledger=books.state(row.uid),
    )


def _work(connection: Connection, fleet_uid: str) -> dict[str, Work]:
    """By agent uid. An agent is submitting while its newest experiment is partly delivered and its attempt runs."""
    grouped = (
        select(
            experiments.c.agent_uid,
            func.count(experiments.c.finished).label("finished"),
            func.max(experiments.c.number).label("newest"),
        )
        .where(experiments.c.fleet_uid == fleet_uid)
        .group_by(experiments.c.agent_uid)
        .subquery()
    )
    newest = and_(experiments.c.fleet_uid == fleet_uid, experiments.c.number == grouped.c.newest)
    last = grouped.join(experiments, newest).outerjoin(attempts, attempts.c.uid == experiments.c.attempt_uid)
    query = select(
        grouped.c.agent_uid,
        grouped.c.finished,
        experiments.c.family,
        experiments.c.delivered,
        experiments.c.seeds,
        attempts.c.ended,
    ).select_from(last)
    return {
        row.agent_uid: Work(row.finished, Family(row.family), 0 < row.delivered < row.seeds and row.ended is None)
        for row in connection.execute(query)
    }


def _shared(connection: Connection, fleet_uid: str) -> dict[str, int]:
    """Findings by agent uid."""
    query = select(findings.c.agent_uid, func.count()).where(findings.c.fleet_uid == fleet_uid)
    rows = connection.execute(query.group_by(findings.c.agent_uid))
    return {row.agent_uid: int(row[1]) for row in rows}
