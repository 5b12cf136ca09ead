"""Verdicts: whether an account may buy more. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.setup import Limits
from researchfleet_core.wire.sync import Verdict

from researchfleet_hub.ledger.entries import RESEARCH, Sums
from researchfleet_hub.times import HOUR, SECOND, micros

NANO = 1_000_000_000


@dataclass(frozen=True)
class Judgement:
    """A verdict with the limit that spoke, what was spent of it and what is allowed; limit is None while open."""

    verdict: Verdict
    limit: str | None = None
    spent: float = 0
    allowed: float = 0


@dataclass(frozen=True)
class Measure:
    """One limit: `spent` of `allowed`, in the unit that the limit is written in."""

    limit: str
    spent: float
    allowed: float


def research(by_kind: dict[EntryKind, Sums]) -> Sums:
    """What counts against limits."""
    return sum((sums for kind, sums in by_kind.items() if kind in RESEARCH), Sums())


def measures(limits: Limits, spent: Sums, created: int, now: int) -> Iterator[Measure]:
    """All limits that are set, in the order in which they are named."""
    pairs = {
        "usd": (spent.nano, limits.usd_nano),
        "agentHours": (spent.active / HOUR, limits.agent_hours),
        "gpuHours": (spent.gpu / HOUR, limits.gpu_hours),
        "tokens": (spent.tokens, limits.tokens),
        "evaluations": (spent.evaluations, limits.evaluations),
        "deadline": (now - created, micros(limits.deadline) - created if limits.deadline else None),
    }
    for limit, (used, allowed) in pairs.items():
        if allowed is not None:
            yield Measure(limit, used, allowed)


def judge(limits: Limits, spent: Sums, *, created: int, now: int, owed: int = 0) -> Judgement:
    """The verdict on an account that exists since `created`.

    owed: seeds that were registered, not delivered, and can still come. While there are some, used up evaluations only
    warn: a hard verdict would stop the sandboxes that are working off what was already counted.
    """
    soft: Judgement | None = None
    for one in measures(limits, spent, created, now):
        waits = one.limit == "evaluations" and owed > 0
        if one.spent >= one.allowed and not waits:
            return Judgement(Verdict.HARD, one.limit, one.spent, one.allowed)
        if one.spent >= limits.soft * one.allowed and soft is None:
            soft = Judgement(Verdict.SOFT, one.limit, one.spent, one.allowed)
    return soft or Judgement(Verdict.OPEN)


def told(judgement: Judgement) -> str:
    """A hard judgement in words: the limit, what was spent and what is allowed."""
    spent, allowed = judgement.spent, judgement.allowed
    match judgement.limit:
        case "usd":
            return f"usd: {spent / NANO:.2f} of {allowed / NANO:.2f} USD are spent"
        case "deadline":
            return f"deadline: it passed {(spent - allowed) / SECOND:.0f} s ago"
        case "agentHours" | "gpuHours":
            return f"{judgement.limit}: {spent:.3f} of {allowed:g} hours are spent"
        case _:
            return f"{judgement.limit}: {spent:.0f} of {allowed:.0f} are spent"
