"""What a person wants to know of a running fleet at one moment, however it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from researchfleet_core.api.meta import Condition
from researchfleet_core.api.quantities import nano, seconds
from researchfleet_core.deciding import AgentState, Phase
from researchfleet_core.wire.sync import AgentFacts, Amounts, ReproductionFacts, Verdict

from researchfleet.local.status import AgentStatus, Status
from researchfleet.summary.build import ledger
from researchfleet.summary.model import Ledger


@dataclass(frozen=True)
class AgentLine:
    """One agent. told: best dev PGR it was told; rank: its best on rows that never answered it, for people only."""

    name: str
    direction: str
    doing: str
    attempt: int
    runs: bool
    ended: str | None
    experiments: int
    told: float | None
    rank: float | None
    spent_nano: int


@dataclass(frozen=True)
class Picture:
    """A fleet at one moment.

    answered: whether the hub has, since this process began; before, nothing of scores and money is known. elapsed, left:
    seconds; left is None without a deadline or when research is over.
    """

    fleet: str
    now: datetime
    answered: bool
    phase: Phase
    elapsed: float
    left: float | None
    agents: tuple[AgentLine, ...]
    experiments: int
    findings: int
    entropy_bits: float
    best_pgr: float | None
    reproductions: tuple[ReproductionFacts, ...]
    ledger: Ledger
    budget_nano: int | None
    verdict: Verdict
    limit: str | None
    stopping: str | None
    troubles: tuple[str, ...]

    @property
    def best_rank(self) -> AgentLine | None:
        """The agent with the best rank PGR."""
        ranked = [agent for agent in self.agents if agent.rank is not None]
        return max(ranked, key=lambda agent: agent.rank or 0.0, default=None)


def picture(status: Status, now: datetime) -> Picture:
    """The picture of a run whose newest status is `status`."""
    spec, sync = status.spec, status.sync
    elapsed = (now - status.started).total_seconds()
    deadline = seconds(spec.budget.deadline).total_seconds() if spec.budget.deadline else None
    facts: Mapping[str, AgentFacts] = sync.agents if sync else {}
    return Picture(
        fleet=status.fleet,
        now=now,
        answered=sync is not None,
        phase=status.phase,
        elapsed=elapsed,
        left=max(0.0, deadline - elapsed) if deadline is not None and status.phase is Phase.RESEARCH else None,
        agents=tuple(_agent(agent, facts.get(agent.state.name), status.phase) for agent in status.agents),
        experiments=sync.experiments if sync else 0,
        findings=sync.findings if sync else 0,
        entropy_bits=sync.entropy_bits if sync else 0.0,
        best_pgr=sync.best_pgr if sync else None,
        reproductions=tuple(sync.reproductions) if sync else (),
        ledger=ledger(sync.ledger.amounts if sync else Amounts()),
        budget_nano=nano(spec.budget.usd) if spec.budget.usd is not None else None,
        verdict=sync.ledger.verdict if sync else Verdict.OPEN,
        limit=sync.ledger.limit if sync else None,
        stopping=None if spec.desired_state == "Running" else spec.desired_state,
        troubles=tuple(_trouble(condition) for condition in status.conditions if _is_trouble(condition)),
    )


def _agent(agent: AgentStatus, facts: AgentFacts | None, phase: Phase) -> AgentLine:
    state = agent.state
    last = state.last
    runs = state.active is not None and state.active.started is not None
    return AgentLine(
        name=state.name,
        direction=agent.direction,
        doing=_doing(state, facts, phase, runs=runs),
        attempt=last.number if last else 0,
        runs=runs,
        ended=state.finished or (last.reason if last and not last.active else None),
        experiments=facts.experiments if facts else 0,
        told=facts.dev_pgr if facts else None,
        rank=facts.rank_pgr if facts else None,
        spent_nano=facts.ledger.amounts.total_nano if facts else 0,
    )


def _doing(agent: AgentState, facts: AgentFacts | None, phase: Phase, *, runs: bool) -> str:
    ended = agent.finished or (agent.last.reason if agent.last and phase is not Phase.RESEARCH else None)
    if ended and not runs:
        return f"ended: {ended}"
    if runs:
        return (facts.activity if facts else "") or "starting"
    if agent.active or agent.last is None:
        return "starting"
    return f"waits after {agent.last.reason}"


# Conditions that are False for good when a fleet runs as it should say nothing; these do.
_MUST_HOLD = {"Accepted", "EvaluatorReachable"}


def _is_trouble(condition: Condition) -> bool:
    return (condition.type in _MUST_HOLD and condition.status == "False") or (
        condition.type == "Stalled" and condition.status == "True"
    )


def _trouble(condition: Condition) -> str:
    return f"{condition.type} is {condition.status}: {condition.message}"
