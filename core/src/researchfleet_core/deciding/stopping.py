"""Which attempts must end, and how: at once, or after the experiment at hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.quantities import seconds
from researchfleet_core.deciding.actions import Action, StopAttempt, Tell
from researchfleet_core.deciding.leases import budget_gone, hub_silent, lease_over
from researchfleet_core.deciding.world import AgentState, Attempt, World
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import Directive, Verdict

# What an attempt gets at least to finish its experiment, and a reproduction to start and to deliver.
WRAP_UP_GRACE = timedelta(minutes=2)


def stop_all(world: World, reason: EndReason) -> list[Action]:
    """Nothing runs any more."""
    return [StopAttempt(attempt.uid, reason) for attempt in [*world.active_attempts, *world.active_reproductions]]


def wind_down(spec: FleetSpec, world: World, agents: Iterable[AgentState], now: datetime, reason: EndReason) -> list[Action]:
    """Agents finish the experiment at hand; what must not run until then is stopped at once."""
    actions: list[Action] = []
    for agent in agents:
        attempt = agent.active
        if attempt is None:
            continue
        if fault := must_stop(spec, world, agent, attempt, now):
            actions.append(StopAttempt(attempt.uid, fault))
        elif attempt.started is None or overdue(spec, attempt, now):
            actions.append(StopAttempt(attempt.uid, reason))
        elif attempt.told is not Directive.WRAP_UP:
            actions.append(Tell(attempt.uid, Directive.WRAP_UP))
    return actions


def overdue(spec: FleetSpec, attempt: Attempt, now: datetime) -> bool:
    """Whether the attempt was told to wrap up longer ago than all runs of an experiment may take."""
    evaluation = spec.evaluation
    grace = max(WRAP_UP_GRACE, timedelta(seconds=evaluation.seeds * evaluation.reproduction.run_seconds))
    return attempt.told is Directive.WRAP_UP and attempt.told_at is not None and now - attempt.told_at > grace


def stop_what_must_not_run(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Attempts of agents that never came up, fell silent, run without a lease or on a budget of their own that is gone."""
    spent = {agent.name for agent in world.agents if budget_gone(world, agent.name)}
    actions = wind_down(spec, world, [one for one in world.agents if one.name in spent], now, EndReason.BUDGET_EXHAUSTED)
    for agent in world.agents:
        attempt = agent.active
        if attempt and agent.name not in spent and (reason := must_stop(spec, world, agent, attempt, now)):
            actions.append(StopAttempt(attempt.uid, reason))
    return actions


def must_stop(spec: FleetSpec, world: World, agent: AgentState, attempt: Attempt, now: datetime) -> EndReason | None:
    """Why this attempt of `agent` must end now, if it must."""
    if agent.deleting:
        return EndReason.SCALED_DOWN
    if attempt.started is None:
        return never_ran(spec, attempt, now)
    if lease_over(world, attempt.uid, attempt.started, now):
        exhausted = world.hub is not None and world.hub.ledger.verdict is Verdict.HARD
        return EndReason.BUDGET_EXHAUSTED if exhausted or budget_gone(world, agent.name) else EndReason.LEASE_EXPIRED
    facts = world.hub.agents.get(agent.name) if world.hub else None
    heard = max(attempt.started, facts.heartbeat) if facts and facts.heartbeat else attempt.started
    # A hub that cannot be reached has not heard anybody: that is not the agent's silence.
    silent = world.hub_seen is not None and world.hub_seen - heard > seconds(spec.agents.idle_timeout)
    return EndReason.IDLE if silent else None


def stop_reproductions(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Reproductions that never came up, run without a lease or longer than all their runs may take."""
    return [
        StopAttempt(attempt.uid, reason)
        for attempt in world.active_reproductions
        if (reason := must_stop_reproduction(spec, world, attempt, now))
    ]


def must_stop_reproduction(spec: FleetSpec, world: World, attempt: Attempt, now: datetime) -> EndReason | None:
    """Why this attempt of a reproduction must end now, if it must. It runs an agent's code, which may try to hang."""
    if attempt.started is None:
        return never_ran(spec, attempt, now)
    if lease_over(world, attempt.uid, attempt.started, now):
        # A hub that answers and sells no lease will not pay for the next attempt either.
        return EndReason.LEASE_EXPIRED if hub_silent(world, now) else EndReason.BUDGET_EXHAUSTED
    known = world.hub.reproductions if world.hub else []
    runs = next((one.runs for one in known if one.uid == attempt.owner), None)
    if runs is None:
        return None
    allowed = timedelta(seconds=runs * spec.evaluation.reproduction.run_seconds) + WRAP_UP_GRACE
    return EndReason.TIME_LIMIT if now - attempt.started > allowed else None


def never_ran(spec: FleetSpec, attempt: Attempt, now: datetime) -> EndReason | None:
    """NEVER_RAN when the attempt had its time to come up."""
    return EndReason.NEVER_RAN if now - attempt.created > seconds(spec.failure_policy.pre_running) else None
