"""What happened between two pictures that is worth a line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from researchfleet_core.deciding import Phase
from researchfleet_core.wire.sync import ReproductionState, Verdict

from researchfleet.live.picture import AgentLine, Picture
from researchfleet.summary import words

# A best that moves by less is the same number with two decimals.
STEP = 0.005


class Kind(StrEnum):
    """What an event is, for programs; docs/cli.md says what facts come with each."""

    PREPARE = "prepare"
    FLEET_STARTED = "fleet-started"
    AGENT_STARTED = "agent-started"
    AGENT_ENDED = "agent-ended"
    FIRST_SCORE = "first-score"
    BEST_RANK = "best-rank"
    BUDGET = "budget"
    STOPPING = "stopping"
    TROUBLE = "trouble"
    RESEARCH_OVER = "research-over"
    REPRODUCTION_STARTED = "reproduction-started"
    REPRODUCTION_DONE = "reproduction-done"
    ENDED = "ended"


@dataclass(frozen=True)
class Event:
    """text: a sentence for people; facts: the same for programs."""

    kind: Kind
    text: str
    facts: dict[str, object] = field(default_factory=dict)


def events(before: Picture | None, after: Picture) -> Iterator[Event]:
    """In the order in which they make sense to a reader. before: None at the first picture."""
    if before is None:
        yield Event(Kind.FLEET_STARTED, f"fleet {after.fleet} runs", {"fleet": after.fleet})
    yield from _agents(before, after)
    yield from _scores(before, after)
    yield from _budget(before, after)
    if after.stopping and not (before and before.stopping):
        yield Event(Kind.STOPPING, f"stopping: {after.stopping}", {"desired_state": after.stopping})
    for trouble in after.troubles:
        if before is None or trouble not in before.troubles:
            yield Event(Kind.TROUBLE, trouble, {"trouble": trouble})
    if after.phase is Phase.REPRODUCTION and (before is None or before.phase is Phase.RESEARCH):
        yield Event(
            Kind.RESEARCH_OVER,
            f"research is over after {words.count(after.experiments, 'experiment')}",
            {"experiments": after.experiments},
        )
    yield from _reproductions(before, after)


def _agents(before: Picture | None, after: Picture) -> Iterator[Event]:
    known = {agent.name: agent for agent in before.agents} if before else {}
    for agent in after.agents:
        old = known.get(agent.name)
        facts: dict[str, object] = {"agent": agent.name, "attempt": agent.attempt}
        if agent.runs and not (old and old.runs and old.attempt == agent.attempt):
            again = f" again (attempt {agent.attempt})" if agent.attempt > 1 else ""
            direction = f": {words.line(agent.direction, 80)}" if agent.direction else ""
            yield Event(Kind.AGENT_STARTED, f"{agent.name} runs{again}{direction}", {**facts, "direction": agent.direction})
        elif agent.ended and not agent.runs and old and old.runs:
            yield Event(Kind.AGENT_ENDED, f"{agent.name} ended: {agent.ended}", {**facts, "reason": agent.ended})


def _scores(before: Picture | None, after: Picture) -> Iterator[Event]:
    # What a run that is resumed had before is no news.
    if before is None or not before.answered:
        return
    old, new = before.best_rank, after.best_rank
    if new is None or new.rank is None:
        return
    facts: dict[str, object] = {"agent": new.name, "rank_pgr": new.rank, "told_pgr": new.told}
    if old is None:
        yield Event(Kind.FIRST_SCORE, f"first scored experiment, by {_with_rank(new)}", facts)
    elif old.rank is not None and new.rank - old.rank >= STEP:
        yield Event(Kind.BEST_RANK, f"new best rank PGR, by {_with_rank(new)}", facts)


def _with_rank(agent: AgentLine) -> str:
    return f"{agent.name}: rank PGR {words.number(agent.rank)}"


def _budget(before: Picture | None, after: Picture) -> Iterator[Event]:
    if after.verdict is (before.verdict if before else Verdict.OPEN) or after.verdict is Verdict.OPEN:
        return
    reached = "is reached" if after.verdict is Verdict.HARD else "is nearly reached"
    facts: dict[str, object] = {"limit": after.limit, "verdict": after.verdict}
    yield Event(Kind.BUDGET, f"budget.{after.limit} {reached}; {words.usd(spent(after))} USD spent", facts)


def spent(of: Picture) -> int:
    """Nano-USD of all kinds."""
    return sum(of.ledger.usd_nano.values())


def _reproductions(before: Picture | None, after: Picture) -> Iterator[Event]:
    if before is None or not before.answered:
        return
    known = {one.uid: one for one in before.reproductions}
    for one in after.reproductions:
        old = known.get(one.uid)
        title = words.line(one.title, 80)
        facts: dict[str, object] = {
            "reproduction": one.uid,
            "agent": one.agent,
            "title": one.title,
            "snapshot": one.snapshot,
        }
        if one.state is ReproductionState.RUNNING and not (old and old.state is ReproductionState.RUNNING):
            yield Event(Kind.REPRODUCTION_STARTED, f"reproduction of “{title}” ({one.agent}) runs", facts)
        if one.state.over and not (old and old.state.over):
            verdict = "counts" if one.ranked else "does not count"
            pgr = f"PGR {words.number(one.pgr)}, " if one.pgr is not None else ""
            text = f"reproduction of “{title}” ({one.agent}) {one.state}: {pgr}{verdict}"
            yield Event(Kind.REPRODUCTION_DONE, text, {**facts, "state": one.state, "pgr": one.pgr, "ranked": one.ranked})
