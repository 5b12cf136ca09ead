"""What should change for a fleet now."""

from datetime import datetime, timedelta

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.quantities import seconds
from researchfleet_core.deciding.actions import Action, Finish, Nominate, StopAttempt, Tell
from researchfleet_core.deciding.reproducing import reproduce
from researchfleet_core.deciding.restarting import restart
from researchfleet_core.deciding.scaling import scale
from researchfleet_core.deciding.world import Attempt, Phase, World
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Directive, Verdict

# A hub that restarts is back well within this; after it, an attempt without a valid lease runs unpaid and is stopped.
HUB_GRACE = timedelta(seconds=30)
# How long an attempt that was told to wrap up may finish its experiment.
WRAP_UP_GRACE = timedelta(minutes=2)


def decide(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """What should change for the fleet now; empty when nothing should."""
    if world.finished:
        return stop_all(world, EndReason.RESEARCH_OVER)
    if spec.desired_state == "Suspended":
        return stop_all(world, EndReason.SUSPENDED)
    if spec.desired_state == "Drained":
        return drain(world, now)
    over = research_over(spec, world)
    if over:
        return close(spec, world, over, now)
    return [
        *stop_what_must_not_run(spec, world, now),
        *scale(spec, world),
        *restart(spec, world, now),
        *nominate(spec, world, now),
        *reproduce(world),
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
    if fleet_failed(spec, world):
        return Reason.FAILED_BY_POLICY
    wanted = spec.agents.replicas
    ended = [agent for agent in world.agents if agent.finished]
    if wanted and len(ended) >= wanted and len(ended) == len(world.agents):
        return Reason.AGENTS_FAILED if all(agent.failed for agent in ended) else Reason.ALL_AGENTS_ENDED
    return None


def fleet_failed(spec: FleetSpec, world: World) -> bool:
    """Whether a rule of the failure policy gives the whole fleet up for some attempt."""
    rules = spec.failure_policy.rules_
    for agent in world.agents:
        for attempt in agent.attempts:
            first = next(
                (rule for rule in rules if attempt.reason and rule.matches(attempt.reason, attempt.exit_code)), None
            )
            if first and first.action == "FailFleet":
                return True
    return False


def close(spec: FleetSpec, world: World, reason: Reason, now: datetime) -> list[Action]:
    """Bring research to its end: agents finish their experiment, finalists are chosen once, reproduced, then all is over."""
    if world.active_attempts:
        end = EndReason.BUDGET_EXHAUSTED if reason is Reason.BUDGET_EXHAUSTED else EndReason.RESEARCH_OVER
        return [*wrap_up(world.active_attempts, now, end), *stop_what_must_not_run(spec, world, now)]
    if not world.closed:
        return [Nominate(closing=reason)]
    if work := reproduce(world):
        return work
    return [] if reproducing(world) else [Finish(reason)]


def reproducing(world: World) -> bool:
    """Whether a reproduction runs or is still to be run; unknown counts as yes."""
    if world.active_reproductions or not world.hub:
        return True
    return any(not one.state.over for one in world.hub.reproductions)


def nominate(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Finalists in between, every `reproduction.every`."""
    every = spec.evaluation.reproduction.every
    first = min((agent.created for agent in world.agents), default=None)
    since = world.nominated or first
    if every is None or since is None or now - since < seconds(every):
        return []
    return [Nominate()]


def drain(world: World, now: datetime) -> list[Action]:
    """Let each agent finish its experiment; reproductions are cheap to start again and stop at once."""
    return [
        *wrap_up(world.active_attempts, now, EndReason.DRAINED),
        *[StopAttempt(attempt.uid, EndReason.DRAINED) for attempt in world.active_reproductions],
    ]


def wrap_up(attempts: list[Attempt], now: datetime, reason: EndReason) -> list[Action]:
    """Tell attempts to finish; stop those that were told long ago or never came to run."""
    actions: list[Action] = []
    for attempt in attempts:
        if attempt.started is None:
            actions.append(StopAttempt(attempt.uid, reason))
        elif attempt.told is not Directive.WRAP_UP:
            actions.append(Tell(attempt.uid, Directive.WRAP_UP))
        elif attempt.told_at and now - attempt.told_at > WRAP_UP_GRACE:
            actions.append(StopAttempt(attempt.uid, reason))
    return actions


def stop_all(world: World, reason: EndReason) -> list[Action]:
    """Nothing runs any more."""
    return [StopAttempt(attempt.uid, reason) for attempt in [*world.active_attempts, *world.active_reproductions]]


def stop_what_must_not_run(spec: FleetSpec, world: World, now: datetime) -> list[Action]:
    """Attempts that never came up, fell silent, or run without a lease."""
    actions: list[Action] = []
    for agent in world.agents:
        attempt = agent.active
        if attempt and (reason := must_stop(spec, world, agent.name, attempt, now)):
            actions.append(StopAttempt(attempt.uid, reason))
    actions += [
        StopAttempt(attempt.uid, reason)
        for attempt in world.active_reproductions
        if (reason := without_lease(world, attempt, now))
    ]
    return actions


def must_stop(spec: FleetSpec, world: World, agent: str, attempt: Attempt, now: datetime) -> EndReason | None:
    """Why this attempt of `agent` must end now, if it must."""
    if attempt.started is None:
        return EndReason.NEVER_RAN if now - attempt.created > seconds(spec.failure_policy.pre_running) else None
    if reason := without_lease(world, attempt, now):
        return reason
    facts = world.hub.agents.get(agent) if world.hub else None
    heard = max(attempt.started, facts.heartbeat) if facts and facts.heartbeat else attempt.started
    # A hub that cannot be reached has not heard anybody: that is not the agent's silence.
    silent = world.hub_seen is not None and world.hub_seen - heard > seconds(spec.agents.idle_timeout)
    return EndReason.IDLE if silent else None


def without_lease(world: World, attempt: Attempt, now: datetime) -> EndReason | None:
    """LEASE_EXPIRED (or BUDGET_EXHAUSTED) when the attempt runs on time that nobody bought."""
    if attempt.started is None:
        return None
    lease = world.hub.leases.get(attempt.uid) if world.hub else None
    paid_until = lease if lease else attempt.started + HUB_GRACE
    if now <= paid_until:
        return None
    exhausted = world.hub is not None and world.hub.ledger.verdict is Verdict.HARD
    return EndReason.BUDGET_EXHAUSTED if exhausted else EndReason.LEASE_EXPIRED
