"""What is left to spend, as an agent may know it."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from researchfleet_core.wire.setup import Limits
from researchfleet_core.wire.sync import AttemptKind, BudgetLeft, Verdict
from sqlalchemy import func, select

from researchfleet_hub.experiments.counting import books_of
from researchfleet_hub.fleets.rows import read_fleet
from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.ledger.entries import FLEET, Sums
from researchfleet_hub.ledger.limits import NANO
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import attempts
from researchfleet_hub.times import HOUR, SECOND, Clock, micros

T = TypeVar("T", int, float)

_SEVERITY = [Verdict.OPEN, Verdict.SOFT, Verdict.HARD]


@dataclass(frozen=True)
class Left:
    """What an account has left; None where it has no limit. Never negative."""

    usd: float | None
    agent_hours: float | None
    evaluations: int | None


@dataclass(frozen=True)
class Budgets:
    """Says what is left."""

    database: Database
    clock: Clock

    def left(self, who: Researcher) -> BudgetLeft:
        """The smaller of the agent's own and its share of the fleet's, which running agents share evenly."""
        now = self.clock()
        running = select(func.count()).where(
            attempts.c.fleet_uid == who.fleet_uid, attempts.c.ended.is_(None), attempts.c.kind == AttemptKind.AGENT
        )
        with self.database.read() as connection:
            fleet = read_fleet(connection, who.fleet_uid)
            books = books_of(connection, fleet, micros(now), who.uid)
            sharers = max(1, connection.execute(running).scalar_one())
        shared = share(left(fleet.setup.limits, books.spent(FLEET)), sharers)
        own = left(fleet.setup.agent_limits, books.spent(who.uid))
        deadlines = [one.deadline for one in (fleet.setup.limits, fleet.setup.agent_limits) if one.deadline]
        return BudgetLeft(
            verdict=max(books.judge(FLEET).verdict, books.judge(who.uid).verdict, key=_SEVERITY.index),
            usd=smaller(own.usd, shared.usd),
            agent_hours=smaller(own.agent_hours, shared.agent_hours),
            evaluations=smaller(own.evaluations, shared.evaluations),
            seconds=min((until(deadline, now) for deadline in deadlines), default=None),
        )


def left(limits: Limits, spent: Sums) -> Left:
    """What `limits` leave after `spent`."""
    return Left(
        usd=None if limits.usd_nano is None else max(0, limits.usd_nano - spent.nano) / NANO,
        agent_hours=None if limits.agent_hours is None else max(0.0, limits.agent_hours - spent.active / HOUR),
        evaluations=None if limits.evaluations is None else max(0, limits.evaluations - spent.evaluations),
    )


def share(whole: Left, sharers: int) -> Left:
    """One of `sharers` even shares; evaluations are rounded up, so that the last ones can be used."""
    return Left(
        usd=None if whole.usd is None else whole.usd / sharers,
        agent_hours=None if whole.agent_hours is None else whole.agent_hours / sharers,
        evaluations=None if whole.evaluations is None else math.ceil(whole.evaluations / sharers),
    )


def smaller(one: T | None, other: T | None) -> T | None:
    """The smaller of those that are limited."""
    return min((value for value in (one, other) if value is not None), default=None)


def until(deadline: datetime, now: datetime) -> float:
    """Seconds left, never negative."""
    return max(0, micros(deadline) - micros(now)) / SECOND
