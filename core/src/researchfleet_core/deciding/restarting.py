"""Which agents start an attempt now, and which have ended for good."""

from datetime import datetime, timedelta

from researchfleet_core.api.failure import FailurePolicySpec
from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.quantities import seconds
from researchfleet_core.deciding.actions import Action, FinishAgent, StartAttempt
from researchfleet_core.deciding.leases import budget_gone, hub_silent
from researchfleet_core.deciding.world import AgentState, Attempt, World
from researchfleet_core.reasons import ORDERED, UNCOUNTED, EndReason
from researchfleet_core.wire.sync import Directive


def restart(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """First attempts of new agents, next attempts of failed ones when their back-off is over."""
    actions: list[Action] = []
    for agent in world.staying:
        if agent.finished or agent.active:
            continue
        if action := next_for(spec.failure_policy, world, agent, now):
            actions.append(action)
    return actions


def next_for(policy: FailurePolicySpec, world: World, agent: AgentState, now: datetime) -> Action | None:
    """The next step of an agent that runs nothing; None while it waits."""
    last = agent.last
    if last is not None:
        after = action_after(policy, last)
        if after == "Finish":
            return FinishAgent(agent.name, EndReason.COMPLETED, failed=False)
        if after in {"FailAgent", "FailFleet"} or (
            after == "Restart" and counted_restarts(policy, agent) > policy.max_restarts
        ):
            return FinishAgent(agent.name, last.reason or EndReason.CRASHED, failed=True)
    if budget_gone(world, agent.name):
        return FinishAgent(agent.name, EndReason.BUDGET_EXHAUSTED, failed=False)
    if hub_silent(world, now) or now < starts_again(policy, agent):
        return None
    return StartAttempt(agent.name, last.number + 1 if last else 1)


def action_after(policy: FailurePolicySpec, attempt: Attempt) -> str:
    """What an ended attempt calls for: the first matching rule of the policy, else the default of its reason."""
    reason = attempt.reason or EndReason.CRASHED
    if asked_to_end(attempt):
        return "RestartUncounted"
    for rule in policy.rules_:
        if rule.matches(reason, attempt.exit_code):
            return rule.action
    if reason is EndReason.COMPLETED:
        return "Finish"
    return "RestartUncounted" if reason in UNCOUNTED else "Restart"


def asked_to_end(attempt: Attempt) -> bool:
    """Whether a researcher exited because it was told to wrap up: it has more to do once the fleet goes on."""
    return attempt.reason is EndReason.COMPLETED and attempt.told is Directive.WRAP_UP


def counted_restarts(policy: FailurePolicySpec, agent: AgentState) -> int:
    """Ended attempts that count towards maxRestarts."""
    return sum(not attempt.active and action_after(policy, attempt) == "Restart" for attempt in agent.attempts)


def starts_again(policy: FailurePolicySpec, agent: AgentState) -> datetime:
    """When the back-off after the agent's last attempt is over."""
    last = agent.last
    return last.ended + backoff(policy, agent) if last and last.ended else agent.created


def backoff(policy: FailurePolicySpec, agent: AgentState) -> timedelta:
    """How long after its last end an agent waits: backoff, doubled with each end in a row, at most maxBackoff.

    Uncounted ends wait too, so that nothing restarts in a tight loop; ends that were ordered do not. An attempt that ran
    longer than maxBackoff was no failure to start, so the row begins anew with it.
    """
    longest = seconds(policy.max_backoff)
    in_a_row = 0
    for attempt in sorted(agent.attempts, key=lambda one: one.number, reverse=True):
        if attempt.ended is None or attempt.reason in ORDERED or asked_to_end(attempt):
            break
        in_a_row += 1
        if attempt.started and attempt.ended - attempt.started > longest:
            break
    if in_a_row == 0:
        return timedelta(0)
    wait = min(seconds(policy.backoff), longest)
    for _ in range(in_a_row - 1):
        wait = min(2 * wait, longest)
    return wait
