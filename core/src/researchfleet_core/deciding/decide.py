"""What should change for a fleet now."""

from dataclasses import replace
from datetime import datetime

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.quantities import seconds
from researchfleet_core.deciding.actions import Action, DeleteAgent, Finish, FinishAgent, Nominate, StopAttempt
from researchfleet_core.deciding.reproducing import reproduce, reproducing
from researchfleet_core.deciding.restarting import action_after, restart
from researchfleet_core.deciding.scaling import scale
from researchfleet_core.deciding.stopping import stop_all, stop_reproductions, stop_what_must_not_run, wind_down
from researchfleet_core.deciding.world import Attempt, Phase, World
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Verdict


def decide(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """What should change for the fleet now; empty when nothing should."""
    if world.finished:
        return stop_all(world, EndReason.RESEARCH_OVER)
    if spec.desired_state == "Suspended":
        return stop_all(world, EndReason.SUSPENDED)
    if spec.desired_state == "Drained":
        return drain(spec, world, now)
    over = research_over(spec, world)
    if over:
        return close(spec, world, over, now)
    scaling = scale(spec, world)
    dropped = {action.agent for action in scaling if isinstance(action, DeleteAgent)}
    kept = replace(world, agents=tuple(agent for agent in world.agents if agent.name not in dropped))
    return [
        *stop_what_must_not_run(spec, kept, now),
        *stop_reproductions(spec, world, now),
        *scaling,
        *restart(spec, kept, now),
        *nominate(spec, world, now),
        *reproduce(world, now),
    ]


def phase(spec: FleetSpec, world: World) -> Phase:
    """What the fleet is doing."""
    if world.finished:
        return Phase.FINISHED
    return Phase.REPRODUCTION if research_over(spec, world) else Phase.RESEARCH


def research_over(spec: FleetSpec, world: World) -> Reason | None:
    """Why research is over, or None while it goes on. Once closed it stays so, though a budget be raised later."""
    if world.closed:
        return world.closed
    if world.hub and world.hub.ledger.verdict is Verdict.HARD:
        return Reason.BUDGET_EXHAUSTED
    if end_of_fleet(spec, world):
        return Reason.FAILED_BY_POLICY
    wanted = spec.agents.replicas
    ended = [agent for agent in world.staying if agent.finished]
    if wanted and len(ended) >= wanted and len(ended) == len(world.staying):
        return Reason.AGENTS_FAILED if all(agent.failed for agent in ended) else Reason.ALL_AGENTS_ENDED
    return None


def end_of_fleet(spec: FleetSpec, world: World) -> Attempt | None:
    """The attempt for whose end a rule of the failure policy gives the whole fleet up, if there is one."""
    ended = (attempt for agent in world.agents for attempt in agent.attempts if not attempt.active)
    return next((attempt for attempt in ended if action_after(spec.failure_policy, attempt) == "FailFleet"), None)


def close(spec: FleetSpec, world: World, reason: Reason, now: datetime) -> list[Action]:
    """Bring research to its end: agents finish their experiment, finalists are chosen once, reproduced, then all is over."""
    stops = stop_reproductions(spec, world, now)
    end = EndReason.BUDGET_EXHAUSTED if reason is Reason.BUDGET_EXHAUSTED else EndReason.RESEARCH_OVER
    if world.active_attempts:
        return [*wind_down(spec, world, world.agents, now, end), *stops]
    if not world.closed:
        return [*stops, Nominate(closing=reason)]
    retired = [FinishAgent(agent.name, end, failed=False) for agent in world.staying if not agent.finished]
    if reproducing(world):
        return [*retired, *stops, *reproduce(world, now)]
    return [*retired, Finish(reason)]


def nominate(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Finalists in between, every `reproduction.every`."""
    every = spec.evaluation.reproduction.every
    first = min((agent.created for agent in world.agents), default=None)
    since = world.nominated or first
    if every is None or since is None or now - since < seconds(every):
        return []
    return [Nominate()]


def drain(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Let each agent finish its experiment; reproductions are cheap to start again and stop at once."""
    return [
        *wind_down(spec, world, world.agents, now, EndReason.DRAINED),
        *[StopAttempt(attempt.uid, EndReason.DRAINED) for attempt in world.active_reproductions],
    ]
