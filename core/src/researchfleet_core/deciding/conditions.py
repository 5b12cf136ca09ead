"""The conditions of a fleet, computed from what was observed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from researchfleet_core.api.fleet import AgentCounts, FleetSpec
from researchfleet_core.api.meta import Condition
from researchfleet_core.deciding.decide import end_of_fleet, phase, research_over
from researchfleet_core.deciding.leases import hub_silent
from researchfleet_core.deciding.restarting import starts_again
from researchfleet_core.deciding.world import AgentState, Phase, World
from researchfleet_core.reasons import Reason
from researchfleet_core.wire.sync import Verdict

FAILURES = frozenset({Reason.AGENTS_FAILED, Reason.FAILED_BY_POLICY})

# A message names the first few; etcd and people take no list of ten thousand.
NAMED = 3


@dataclass(frozen=True)
class Observed:
    """A condition without its time of transition."""

    type: str
    holds: bool | None
    reason: Reason
    message: str

    @property
    def status(self) -> Literal["True", "False", "Unknown"]:
        """As metav1.Condition writes it."""
        return "Unknown" if self.holds is None else "True" if self.holds else "False"


def conditions(
    spec: FleetSpec, world: World, now: datetime, *, generation: int, old: Iterable[Condition] = ()
) -> list[Condition]:
    """All conditions of the fleet; last_transition_time is kept where the status did not change."""
    before = {condition.type: condition for condition in old}
    return [since(before.get(seen.type), seen, now, generation) for seen in observe(spec, world, now)]


def since(old: Condition | None, seen: Observed, now: datetime, generation: int) -> Condition:
    """`seen` with the time at which its status last changed."""
    changed = old.last_transition_time if old and old.status == seen.status else now
    return Condition(
        type=seen.type,
        status=seen.status,
        observed_generation=generation,
        last_transition_time=changed,
        reason=seen.reason,
        message=seen.message,
    )


def observe(spec: FleetSpec, world: World, now: datetime) -> list[Observed]:
    """Accepted, EvaluatorReachable, BudgetAvailable, Ready, Reconciling, Stalled and Finished."""
    is_ready = ready(spec, world, now)
    is_finished = finished(spec, world)
    stalled = is_ready.reason in FAILURES
    settled = bool(is_ready.holds or is_finished.holds or is_ready.reason in {Reason.SUSPENDED, Reason.DRAINED})
    return [
        accepted(world),
        evaluator_reachable(world, now),
        budget_available(world),
        is_ready,
        Observed("Reconciling", not settled, Reason.RECONCILED if settled else is_ready.reason, is_ready.message),
        Observed("Stalled", stalled, is_ready.reason, is_ready.message),
        is_finished,
    ]


def counts(spec: FleetSpec, world: World) -> AgentCounts:
    """Agents by what they do."""
    ended = [agent for agent in world.agents if agent.finished]
    running = sum(attempt.started is not None for attempt in world.active_attempts)
    return AgentCounts(
        wanted=spec.agents.replicas,
        running=running,
        waiting=max(0, spec.agents.replicas - running - len(ended)),
        ended=sum(not agent.failed for agent in ended),
        failed=sum(agent.failed for agent in ended),
    )


def accepted(world: World) -> Observed:
    """Whether the newest spec is the one in force."""
    if world.refused:
        return Observed("Accepted", False, Reason.PROBLEM_CHANGED, world.refused)
    return Observed("Accepted", True, Reason.VALID, "the spec is in force")


def evaluator_reachable(world: World, now: datetime) -> Observed:
    """Whether submissions can be scored."""
    if world.hub is None or world.hub_seen is None:
        return Observed("EvaluatorReachable", None, Reason.STARTING, "the hub has not answered yet")
    if hub_silent(world, now):
        return Observed("EvaluatorReachable", None, Reason.HUB_UNREACHABLE, last_answer(world.hub_seen))
    if not world.hub.evaluator_reachable:
        return Observed("EvaluatorReachable", False, Reason.EVALUATOR_UNREACHABLE, "the hub cannot reach the evaluator")
    return Observed("EvaluatorReachable", True, Reason.EVALUATOR_ANSWERS, "the evaluator answers")


def last_answer(hub_seen: datetime) -> str:
    """Since when the hub is silent."""
    return f"the hub last answered at {hub_seen:%H:%M:%S}"


def budget_available(world: World) -> Observed:
    """Whether anything more can be bought."""
    if world.hub is None:
        return Observed("BudgetAvailable", None, Reason.STARTING, "the hub has not answered yet")
    ledger = world.hub.ledger
    if ledger.verdict is Verdict.HARD:
        return Observed("BudgetAvailable", False, Reason.BUDGET_EXHAUSTED, f"budget.{ledger.limit} is reached")
    if ledger.verdict is Verdict.SOFT:
        return Observed("BudgetAvailable", True, Reason.SOFT_LIMIT, f"budget.{ledger.limit} is nearly reached")
    return Observed("BudgetAvailable", True, Reason.WITHIN_BUDGET, "no limit is near")


def ready(spec: FleetSpec, world: World, now: datetime) -> Observed:
    """Whether the fleet does what its spec asks for."""
    if world.finished:
        return concluded(spec, world)
    if spec.desired_state != "Running":
        return stopping(spec, world)
    if world.hub is None or world.hub_seen is None:
        return Observed("Ready", False, Reason.STARTING, "hub and evaluator are starting")
    if hub_silent(world, now):
        return Observed("Ready", False, Reason.HUB_UNREACHABLE, f"{last_answer(world.hub_seen)}; nothing new is started")
    if phase(spec, world) is Phase.REPRODUCTION:
        todo = sum(not one.state.over for one in world.hub.reproductions)
        message = running(world) if world.active_attempts else f"{todo} reproductions to go"
        return Observed("Ready", True, Reason.REPRODUCING, f"research is over; {message}")
    return researching(spec, world, now)


def concluded(spec: FleetSpec, world: World) -> Observed:
    """Ready once all is over: not where nothing but failures ended it."""
    if world.closed is Reason.AGENTS_FAILED:
        message = f"all {len(world.agents)} agents failed: {some([f'{one.name} {one.finished}' for one in world.agents])}"
        return Observed("Ready", False, world.closed, message)
    if world.closed is Reason.FAILED_BY_POLICY:
        attempt = end_of_fleet(spec, world)
        cause = f" for {attempt.owner}, which ended with {attempt.reason}" if attempt else ""
        return Observed("Ready", False, world.closed, f"a rule of failurePolicy said FailFleet{cause}")
    return Observed("Ready", True, Reason.FINISHED, "research and reproduction are over")


def stopping(spec: FleetSpec, world: World) -> Observed:
    """Ready while desiredState is Suspended or Drained."""
    suspended = spec.desired_state == "Suspended"
    if world.active_attempts or world.active_reproductions:
        reason = Reason.SUSPENDING if suspended else Reason.DRAINING
        return Observed("Ready", False, reason, running(world))
    reason = Reason.SUSPENDED if suspended else Reason.DRAINED
    return Observed("Ready", False, reason, f"desiredState is {spec.desired_state}; nothing runs")


def running(world: World) -> str:
    """What still runs."""
    left = [f"{one.owner}-{one.number}" for one in [*world.active_attempts, *world.active_reproductions]]
    return f"still running: {some(left)}"


def researching(spec: FleetSpec, world: World, now: datetime) -> Observed:
    """Ready while agents research."""
    here = counts(spec, world)
    if not here.waiting:
        return Observed("Ready", True, Reason.ALL_RUNNING, f"{here.running} agents run")
    waiting = [agent for agent in world.agents if not agent.finished and not (agent.active and agent.active.started)]
    backing_off = waiting and not waiting[0].active and waiting[0].last
    reason = Reason.BACKING_OFF if backing_off else Reason.WAITING_FOR_AGENTS
    message = f"{here.waiting} of {here.wanted} agents wait: {waits(spec, waiting)}"
    return Observed("Ready", False, reason, message)


def waits(spec: FleetSpec, agents: list[AgentState]) -> str:
    """What the first waiting agent waits for. No countdown: a message that changes by itself is a write a second."""
    if not agents:
        return "not created yet"
    first = agents[0]
    last = first.last
    if last is None or last.active:
        return f"{first.name} is starting"
    due = starts_again(spec.failure_policy, first)
    return f"{first.name} ended with {last.reason} and starts again at {due:%H:%M:%S}"


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def finished(spec: FleetSpec, world: World) -> Observed:
    """Whether research and reproduction are over, and why."""
    if world.finished:
        return Observed("Finished", True, world.closed or Reason.FINISHED, "research and reproduction are over")
    over = research_over(spec, world)
    message = "finalists are being reproduced" if over else "research goes on"
    return Observed("Finished", False, Reason.REPRODUCING if over else Reason.RUNNING, message)
