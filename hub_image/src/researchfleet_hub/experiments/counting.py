"""Evaluations are counted when an experiment is registered, one a seed, before the evaluator hears of it.

A registration that the evaluator refused is given back; one that a crash left open stays counted until it is settled.
"""

from dataclasses import dataclass

from researchfleet_core.wire.experiments import Registered, RegisterExperiment
from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.sync import Verdict
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from researchfleet_hub.evaluator import EvaluatorAwayError
from researchfleet_hub.fleets.rows import Fleet, hold_fleet
from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.ledger.books import Books
from researchfleet_hub.ledger.entries import FLEET, Entry, Sums
from researchfleet_hub.ledger.limits import Judgement, told
from researchfleet_hub.refusals import RefusalReason, Refused, refuse
from researchfleet_hub.snapshots.shelf import find
from researchfleet_hub.state.counters import next_number
from researchfleet_hub.state.tables import attempts, experiments


@dataclass(frozen=True)
class Counted:
    """A registration that is counted, by this try or an earlier one with the same key."""

    fleet_uid: str
    number: int


def owed_seeds(connection: Connection, fleet_uid: str) -> dict[str, int]:
    """Seeds registered and not delivered by attempts that still run, by agent uid."""
    running = experiments.outerjoin(attempts, attempts.c.uid == experiments.c.attempt_uid)
    query = (
        select(experiments.c.agent_uid, func.sum(experiments.c.seeds - experiments.c.delivered))
        .select_from(running)
        .where(experiments.c.fleet_uid == fleet_uid, experiments.c.finished.is_(None))
        .where(or_(attempts.c.uid.is_(None), attempts.c.ended.is_(None)))
        .group_by(experiments.c.agent_uid)
    )
    return {agent_uid: int(owed) for agent_uid, owed in connection.execute(query)}


def books_of(connection: Connection, fleet: Fleet, now: int, agent_uid: str | None = None) -> Books:
    """The fleet's books; with agent_uid those of the fleet and that agent alone."""
    books = Books(fleet.uid, fleet.created, fleet.setup.limits, fleet.setup.agent_limits, now)
    only = None if agent_uid is None else (FLEET, agent_uid)
    books.open(connection, owed_seeds(connection, fleet.uid), only)
    return books


def count(connection: Connection, who: Researcher, key: str, body: RegisterExperiment, now: int) -> Counted:
    """Count a registration. Refused with 403 when the budget has no room, 422 for a snapshot the fleet does not know."""
    fleet = hold_fleet(connection, who.fleet_uid)
    before = select(experiments).where(experiments.c.agent_uid == who.uid, experiments.c.key == key)
    if row := connection.execute(before).first():
        if row.asked != body.model_dump_json():
            raise refuse(409, RefusalReason.IDEMPOTENCY_KEY_REUSED, f"idempotency key {key} was used for another experiment")
        return Counted(fleet.uid, row.number)
    books = books_of(connection, fleet, now, who.uid)
    _check_room(books, FLEET, fleet.setup.limits.evaluations, body.seeds)
    _check_room(books, who.uid, fleet.setup.agent_limits.evaluations, body.seeds)
    if find(connection, who.fleet_uid, body.snapshot) is None:
        raise refuse(
            422,
            RefusalReason.SNAPSHOT_UNKNOWN,
            f"snapshot: {body.snapshot} is not known in this fleet; upload it before registering",
            "snapshot",
        )
    number = next_number(connection, fleet.uid, "experiments")
    books.book(Entry(f"experiment/{number}", EntryKind.EVALUATIONS, Sums(evaluations=body.seeds), who.uid))
    books.close(connection)
    connection.execute(insert(experiments).values(_row(who, key, body, number, now)))
    return Counted(fleet.uid, number)


def uncount(connection: Connection, counted: Counted, now: int) -> None:
    """Give a registration back that the evaluator does not have; nothing when it has been answered meanwhile."""
    fleet = hold_fleet(connection, counted.fleet_uid)
    this = (experiments.c.fleet_uid == fleet.uid, experiments.c.number == counted.number)
    row = connection.execute(select(experiments).where(*this, experiments.c.experiment.is_(None))).first()
    if row is None:
        return
    books = books_of(connection, fleet, now, row.agent_uid)
    given_back = Sums(evaluations=-row.seeds)
    books.book(Entry(f"experiment/{counted.number}/refused", EntryKind.EVALUATIONS, given_back, row.agent_uid))
    books.close(connection)
    connection.execute(delete(experiments).where(*this))


def answered(connection: Connection, counted: Counted, answer: Registered) -> None:
    """Note what the evaluator made of a registration."""
    this = (experiments.c.fleet_uid == counted.fleet_uid, experiments.c.number == counted.number)
    if not connection.execute(update(experiments).where(*this).values(experiment=answer.experiment)).rowcount:
        # Given back meanwhile by another try with this key: the next try counts it again and gets the same answer.
        raise EvaluatorAwayError


def delivered(connection: Connection, experiment: str, remaining: int, now: int) -> None:
    """Note how many seeds are still owed; a late answer never takes back what a later one said."""
    fewer = update(experiments).where(
        experiments.c.experiment == experiment, experiments.c.delivered < experiments.c.seeds - remaining
    )
    finished = {"finished": now} if remaining == 0 else {}
    connection.execute(fewer.values(delivered=experiments.c.seeds - remaining, **finished))


def _check_room(books: Books, account: str, allowed: int | None, seeds: int) -> None:
    whose = "the fleet's budget" if account == FLEET else "this agent's budget"
    judgement = books.judge(account)
    if judgement.verdict is Verdict.HARD:
        raise _exhausted(whose, judgement)
    spent = books.spent(account).evaluations
    if allowed is not None and spent + seeds > allowed:
        raise _exhausted(whose, Judgement(Verdict.HARD, "evaluations", spent, allowed), f"; {seeds} more are too many")


def _exhausted(whose: str, judgement: Judgement, what: str = "") -> Refused:
    return refuse(403, RefusalReason.BUDGET_EXHAUSTED, f"{whose}: {told(judgement)}{what}")


def _row(who: Researcher, key: str, body: RegisterExperiment, number: int, now: int) -> dict[str, object]:
    return {
        "fleet_uid": who.fleet_uid,
        "number": number,
        "agent": who.name,
        "agent_uid": who.uid,
        "attempt_uid": who.attempt_uid,
        "key": key,
        "asked": body.model_dump_json(),
        "snapshot": body.snapshot,
        "family": body.family,
        "seeds": body.seeds,
        "delivered": 0,
        "registered": now,
    }


Unanswered = Row[tuple[object, ...]]


def unanswered(connection: Connection, fleet_uid: str, before: int) -> list[Unanswered]:
    """Registrations from before `before` (microseconds) of which nobody knows whether the evaluator has them."""
    query = select(experiments).where(
        experiments.c.fleet_uid == fleet_uid, experiments.c.experiment.is_(None), experiments.c.registered < before
    )
    return list(connection.execute(query.order_by(experiments.c.number)))
