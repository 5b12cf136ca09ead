"""The one poll: attempts in; leases, verdicts and facts out."""

import logging
from dataclasses import dataclass, replace

from researchfleet_core.wire.evaluation import FleetScores
from researchfleet_core.wire.sync import AttemptKind, AttemptReport, SyncRequest, SyncResponse
from sqlalchemy import Connection, bindparam, func, insert, select, update

from researchfleet_hub.evaluator import Evaluator
from researchfleet_hub.experiments.counting import books_of
from researchfleet_hub.experiments.desk import Desk
from researchfleet_hub.fleets.attempts import Known, heartbeats, known_attempts, write_attempts
from researchfleet_hub.fleets.census import census, entropy
from researchfleet_hub.fleets.facts import facts
from researchfleet_hub.fleets.rows import Fleet, hold_fleet, read_fleet
from researchfleet_hub.identity.tokens import revoke
from researchfleet_hub.ledger import storage
from researchfleet_hub.ledger.entries import Entry
from researchfleet_hub.ledger.metering import Meter, is_stale
from researchfleet_hub.refusals import Refused
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import agents, fleets, snapshots
from researchfleet_hub.times import Clock, micros, moment

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Syncing:
    """Answers a runtime's sync of a fleet."""

    database: Database
    evaluator: Evaluator
    desk: Desk
    clock: Clock

    def sync(self, fleet_uid: str, request: SyncRequest) -> SyncResponse:
        """Everything that the runtime tells and is told. Refused with 404 for a fleet that was not set up."""
        with self.database.read() as connection:
            read_fleet(connection, fleet_uid)
        scores = self._scores(fleet_uid, nominate=request.nominate)
        now = micros(self.clock())
        with self.database.write() as connection:
            fleet = hold_fleet(connection, fleet_uid)
            if scores is not None:
                fleet = replace(fleet, facts=facts(scores))
            books = books_of(connection, fleet, now)
            # Never later than now, so that a clock that was once ahead does not make all later syncs old.
            observed = min(micros(request.observed), now) if request.observed else None
            meter = Meter(books, fleet.setup.prices, now, is_stale(observed, fleet.observed))
            known = _observe(connection, fleet, meter, request.attempts)
            paid, kept = _storage(connection, fleet, now)
            if kept:
                books.book(kept)
            books.close(connection)
            connection.execute(
                update(fleets)
                .where(fleets.c.uid == fleet_uid)
                .values(
                    facts=fleet.facts.model_dump_json(),
                    storage_paid=paid,
                    observed=max(observed or 0, fleet.observed),
                )
            )
            counted = census(connection, fleet_uid, books, fleet.facts)
            return SyncResponse(
                now=moment(now),
                agents=counted.agents,
                ledger=books.state(),
                leases={uid: moment(one.lease.until) for uid, one in known.items() if one.lease.ended is None},
                reproductions=fleet.facts.reproductions,
                evaluator_reachable=scores is not None,
                problem=fleet.facts.problem,
                entropy_bits=entropy(connection, fleet_uid),
                nominated=request.nominate and scores is not None,
                experiments=counted.experiments,
                findings=counted.findings,
                best_pgr=fleet.facts.best_pgr,
            )

    def _scores(self, fleet_uid: str, *, nominate: bool) -> FleetScores | None:
        """What the evaluator says now; None while it is away."""
        try:
            self.desk.settle(fleet_uid)
            return self.evaluator.nominate(fleet_uid) if nominate else self.evaluator.scores(fleet_uid)
        except Refused as refused:
            # Attempts live by syncs: whatever ails the evaluator, leases go on and the runtime is told of it.
            logger.warning("fleet %s: the last scores stand: %s", fleet_uid, refused.refusal.error)
            return None


def _observe(connection: Connection, fleet: Fleet, meter: Meter, reports: list[AttemptReport]) -> dict[str, Known]:
    """Take the reports in; all attempts that run now, by uid."""
    before = known_attempts(connection, fleet.uid, (report.uid for report in reports))
    heard = heartbeats(connection, fleet.uid)
    after: dict[str, tuple[AttemptReport, Known]] = {}
    # Ends first: what they give back may be bought by the others.
    for report in sorted(reports, key=lambda one: one.ended is None):
        old = after[report.uid][1] if report.uid in after else before.get(report.uid)
        after[report.uid] = (report, _next(meter, old, report, heard.get(report.uid)))
    write_attempts(connection, fleet.uid, before, after)
    ended = [uid for uid, (_, now) in after.items() if now.lease.ended and not _was_over(before.get(uid))]
    revoke(connection, ended, meter.now)
    _remember_agents(connection, fleet.uid, reports, meter.now)
    return before | {uid: now for uid, (_, now) in after.items()}


def _next(meter: Meter, old: Known | None, report: AttemptReport, last_seen: int | None) -> Known:
    """An attempt after a report."""
    lease = meter.observe(old.lease if old else meter.first(report), report, last_seen)
    if old is None:
        return Known(lease, report.directive, report.reason)
    if old.lease.ended is not None:
        return old
    directive = old.directive if meter.is_stale else report.directive
    return Known(lease, directive, report.reason if lease.ended is not None else old.reason)


def _was_over(known: Known | None) -> bool:
    return known is not None and known.lease.ended is not None


def _remember_agents(connection: Connection, fleet_uid: str, reports: list[AttemptReport], now: int) -> None:
    """Insert agents that are new, and note directions that changed."""
    seen = {report.agent_uid: report for report in reports if report.kind is AttemptKind.AGENT}
    query = select(agents.c.uid, agents.c.direction).where(agents.c.fleet_uid == fleet_uid)
    before: dict[str, str] = {row.uid: row.direction for row in connection.execute(query)}
    new = [
        {"uid": uid, "fleet_uid": fleet_uid, "name": one.agent, "created": now, "direction": one.direction, "activity": ""}
        for uid, one in seen.items()
        if uid not in before
    ]
    turned = [
        {"this": uid, "now": one.direction} for uid, one in seen.items() if before.get(uid, one.direction) != one.direction
    ]
    if new:
        connection.execute(insert(agents), new)
    if turned:
        turn = update(agents).where(agents.c.uid == bindparam("this")).values(direction=bindparam("now"))
        connection.execute(turn, turned)


def _storage(connection: Connection, fleet: Fleet, now: int) -> tuple[int, Entry | None]:
    query = select(func.coalesce(func.sum(snapshots.c.bytes), 0)).where(snapshots.c.fleet_uid == fleet.uid)
    held = int(connection.execute(query).scalar_one())
    return storage.keep(held, fleet.setup.prices.gib_month_nano, fleet.created, fleet.storage_paid, now)
