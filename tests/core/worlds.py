"""Small fleets and worlds to decide about. Times are seconds from NOW; agents are f-0, f-1, ..., attempts f-0-1, ..."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from researchfleet_core.api import FleetSpec
from researchfleet_core.deciding import AgentState, Attempt, World
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import (
    AgentFacts,
    Amounts,
    Directive,
    LedgerState,
    ReproductionFacts,
    ReproductionState,
    SyncResponse,
    Verdict,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DIGEST = "sha256:" + "0" * 64
BARE: dict[str, Any] = {
    "problem": {"testbed": {"bundled": "movie"}, "student": {"bundled": "minilm"}},
    "agents": {"researcher": "search", "replicas": 1},
}


def at(seconds: float) -> datetime:
    """NOW and so many seconds."""
    return NOW + timedelta(seconds=seconds)


def spec(changes: dict[str, Any] | None = None) -> FleetSpec:
    """A fleet of one agent, with changes (as in YAML)."""
    return FleetSpec.model_validate(merged(BARE, changes or {}), by_alias=True, by_name=False)


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` laid over `old`, mapping by mapping."""
    both = {
        key: merged(old[key], new[key])
        for key in old.keys() & new.keys()
        if isinstance(old[key], dict) and isinstance(new[key], dict)
    }
    return {**old, **new, **both}


def attempt(
    number: int = 1,
    *,
    created: float | None = None,
    started: float | None = -60,
    ended: float | None = None,
    reason: EndReason | None = None,
    exit_code: int | None = None,
    told: float | None = None,
) -> Attempt:
    """An attempt of whichever agent it is given to. told: when it was told to wrap up."""
    begun = created if created is not None else -65 if started is None else started - 5
    return Attempt(
        uid=f"?-{number}",
        owner="?",
        number=number,
        created=at(begun),
        started=None if started is None else at(started),
        ended=None if ended is None else at(ended),
        reason=reason,
        exit_code=exit_code,
        told=Directive.CONTINUE if told is None else Directive.WRAP_UP,
        told_at=None if told is None else at(told),
    )


def over(reason: EndReason, number: int = 1, *, ago: float = 1000, ran: float = 60, **more: Any) -> Attempt:
    """An attempt that ended for `reason`, so long ago, after so many seconds."""
    return attempt(number, started=-ago - ran, ended=-ago, reason=reason, **more)


def agent(ordinal: int, *attempts: Attempt, created: float = -3600, **more: Any) -> AgentState:
    """The agent f-<ordinal> with its attempts."""
    name = f"f-{ordinal}"
    own = tuple(replace(one, owner=name, uid=f"{name}-{one.number}") for one in attempts)
    return AgentState(name=name, uid=f"uid-{ordinal}", ordinal=ordinal, created=at(created), attempts=own, **more)


def running(ordinal: int, **more: Any) -> AgentState:
    """An agent whose first attempt runs."""
    return agent(ordinal, attempt(**more))


def of(reproduction: str, one: Attempt) -> Attempt:
    """An attempt of a reproduction."""
    return replace(one, owner=reproduction, uid=f"{reproduction}-{one.number}")


def ledger(verdict: Verdict = Verdict.OPEN, limit: str | None = None) -> LedgerState:
    """A verdict without amounts."""
    return LedgerState(verdict=verdict, limit=limit, amounts=Amounts())


def facts(**more: Any) -> AgentFacts:
    """What the hub knows of an agent that was heard of just now."""
    return AgentFacts(**{"heartbeat": NOW, "ledger": ledger(), **more})


def reproduction(uid: str, state: ReproductionState = ReproductionState.PENDING, runs: int = 2) -> ReproductionFacts:
    """A finalist of f-0."""
    return ReproductionFacts(uid=uid, snapshot=DIGEST, agent="f-0", title="A title", state=state, runs=runs, delivered=0)


def answer(
    *,
    agents: dict[str, AgentFacts] | None = None,
    fleet: LedgerState | None = None,
    leases: dict[str, float] | None = None,
    reproductions: Iterable[ReproductionFacts] = (),
    **more: Any,
) -> SyncResponse:
    """An answer of the hub. leases: until when, in seconds from NOW."""
    known: dict[str, Any] = {
        "now": NOW,
        "agents": agents or {},
        "ledger": fleet or ledger(),
        "leases": {uid: at(until) for uid, until in (leases or {}).items()},
        "reproductions": list(reproductions),
        "evaluator_reachable": True,
        "problem": DIGEST,
        "entropy_bits": 0.0,
        "nominated": False,
        "experiments": 0,
        "findings": 0,
        "best_pgr": None,
    }
    return SyncResponse(**{**known, **more})


def world(*agents: AgentState, leases: dict[str, float] | None = None, seen: float | None = 0, **more: Any) -> World:
    """A world whose hub answered `seen` seconds from NOW; attempts have leases for 30 s more unless others are given.

    Of World's own fields (nominated, closed, reproductions, ...) those named so are taken; the rest goes to the answer.
    """
    own = {name: more.pop(name) for name in list(more) if name in World.__dataclass_fields__ and name != "agents"}
    reproductions = own.pop("reproductions", ())
    finalists = more.pop("finalists", ())
    facts_of = {one.name: facts() for one in agents} | more.pop("facts", {})
    everything = [one.uid for agent in agents for one in agent.attempts] + [one.uid for one in reproductions]
    paid = dict.fromkeys(everything, 30.0) if leases is None else leases
    hub = None if seen is None else answer(agents=facts_of, leases=paid, reproductions=finalists, **more)
    return World(
        agents=agents, hub=hub, hub_seen=None if seen is None else at(seen), reproductions=tuple(reproductions), **own
    )
