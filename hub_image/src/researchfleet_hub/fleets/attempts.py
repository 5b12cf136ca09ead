"""Attempts as rows: their lease and what they are told."""

from collections.abc import Iterable
from dataclasses import dataclass

from researchfleet_core.wire.sync import AttemptKind, AttemptReport, Directive
from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, or_, select, update

from researchfleet_hub.ledger.leases import Lease
from researchfleet_hub.state.tables import agents, attempts

# What a sync may change of an attempt.
_CHANGING = ("ended", "reason", "bought", "active", "paused", "paused_since", "flips", "directive")


@dataclass(frozen=True)
class Known:
    """An attempt as it is kept."""

    lease: Lease
    directive: Directive
    reason: str | None


def known_attempts(connection: Connection, fleet_uid: str, reported: Iterable[str]) -> dict[str, Known]:
    """The fleet's attempts that run, and those of `reported` that have ended, by uid."""
    wanted = or_(attempts.c.ended.is_(None), attempts.c.uid.in_(list(reported)))
    rows = connection.execute(select(attempts).where(attempts.c.fleet_uid == fleet_uid, wanted))
    return {row.uid: _known(row) for row in rows}


def heartbeats(connection: Connection, fleet_uid: str) -> dict[str, int]:
    """Last heartbeats by attempt uid."""
    query = select(agents.c.attempt_uid, agents.c.heartbeat).where(
        agents.c.fleet_uid == fleet_uid, agents.c.heartbeat.is_not(None)
    )
    return {row.attempt_uid: row.heartbeat for row in connection.execute(query)}


def write_attempts(
    connection: Connection, fleet_uid: str, before: dict[str, Known], after: dict[str, tuple[AttemptReport, Known]]
) -> None:
    """Insert what is new and update what changed, one statement each."""
    new = [_row(fleet_uid, report, now) for uid, (report, now) in after.items() if uid not in before]
    old = [_changes(now) for uid, (_, now) in after.items() if uid in before and before[uid] != now]
    if new:
        connection.execute(insert(attempts), new)
    if old:
        changes: dict[str, BindParameter[object]] = {name: bindparam(f"new_{name}") for name in _CHANGING}
        connection.execute(update(attempts).where(attempts.c.uid == bindparam("this")).values(changes), old)


def _known(row: Row[tuple[object, ...]]) -> Known:
    lease = Lease(
        uid=row.uid,
        kind=AttemptKind(row.kind),
        agent_uid=row.agent_uid,
        started=row.started,
        gpus=row.gpus,
        pod_hour_nano=row.pod_hour_nano,
        gpu_hour_nano=row.gpu_hour_nano,
        bought=row.bought,
        active=row.active,
        paused=row.paused,
        paused_since=row.paused_since,
        flips=row.flips,
        ended=row.ended,
    )
    return Known(lease, Directive(row.directive), row.reason)


def _changes(known: Known) -> dict[str, object]:
    lease = known.lease
    now = {name: getattr(lease, name) for name in _CHANGING if hasattr(lease, name)}
    now |= {"directive": known.directive, "reason": known.reason}
    return {"this": lease.uid, **{f"new_{name}": value for name, value in now.items()}}


def _row(fleet_uid: str, report: AttemptReport, known: Known) -> dict[str, object]:
    lease = known.lease
    fixed = {
        name: getattr(lease, name) for name in ("uid", "agent_uid", "started", "gpus", "pod_hour_nano", "gpu_hour_nano")
    }
    moving = {name.removeprefix("new_"): value for name, value in _changes(known).items() if name != "this"}
    return {"fleet_uid": fleet_uid, "kind": lease.kind, "agent": report.agent, "number": report.number, **fixed, **moving}
