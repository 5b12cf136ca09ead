"""Which agents start an attempt now, and which have ended for good."""

from datetime import datetime, timedelta

from researchfleet_core.api.failure import FailurePolicySpec
from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.quantities import seconds
from researchfleet_core.deciding.actions import Action, FinishAgent, StartAttempt
from researchfleet_core.deciding.world import AgentState, Attempt, World
from researchfleet_core.reasons import UNCOUNTED, EndReason
from researchfleet_core.wire.sync import Verdict


def restart(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """First attempts of new agents, next attempts of failed ones when their back-off is over."""
    actions: list[Action] = []
    for agent in world.agents:
        if agent.finished or agent.active:
            continue
        if action := next_for(spec.failure_policy, world, agent, now):
            actions.append(action)
    return actions


def next_for(policy: FailurePolicySpec, world: World, agent: AgentState, now: datetime) -> Action | None:
    """The next step of an agent that runs nothing; None while it waits."""
    if budget_gone(world, agent):
        return FinishAgent(agent.name, EndReason.BUDGET_EXHAUSTED, failed=False)
    last = agent.last
    if last is None:
        return StartAttempt(agent.name, 1)
    after = action_after(policy, last)
    if after == "Finish":
        return FinishAgent(agent.name, EndReason.COMPLETED, failed=False)
    if after in {"FailAgent", "FailFleet"} or (after == "Restart" and counted_restarts(policy, agent) > policy.max_restarts):
        return FinishAgent(agent.name, last.reason or EndReason.CRASHED, failed=True)
    waits = last.ended is not None and now < last.ended + backoff(policy, agent)
    return None if waits else StartAttempt(agent.name, last.number + 1)


def budget_gone(world: World, agent: AgentState) -> bool:
    """Whether the agent's own budget is used up."""
    facts = world.hub.agents.get(agent.name) if world.hub else None
    return facts is not None and facts.ledger.verdict is Verdict.HARD


def action_after(policy: FailurePolicySpec, attempt: Attempt) -> str:
    """What an ended attempt calls for: the first matching rule of the policy, else the default of its reason."""
    reason = attempt.reason or EndReason.CRASHED
    for rule in policy.rules_:
        if rule.matches(reason, attempt.exit_code):
            return rule.action
    if reason is EndReason.COMPLETED:
        return "Finish"
    return "RestartUncounted" if reason in UNCOUNTED else "Restart"


def counted_restarts(policy: FailurePolicySpec, agent: AgentState) -> int:
    """Ended attempts that count towards maxRestarts."""
    return sum(not attempt.active and action_after(policy, attempt) == "Restart" for attempt in agent.attempts)


def backoff(policy: FailurePolicySpec, agent: AgentState) -> timedelta:
    """How long after its last end an agent waits: backoff, doubled with each failure in a row, at most maxBackoff."""
    in_a_row = 0
    for attempt in sorted(agent.attempts, key=lambda one: one.number, reverse=True):
        if action_after(policy, attempt) != "Restart":
            break
        in_a_row += 1
    if in_a_row == 0:
        return timedelta(0)
    # 2 ** 30 seconds is past any maxBackoff, and the power must not overflow a timedelta.
    doublings: int = min(in_a_row - 1, 30)
    return min(seconds(policy.backoff) * (1 << doublings), seconds(policy.max_backoff))
