"""Compute is bought ahead in leases, so a dead hub means bounded spend and not free running."""

from datetime import datetime, timedelta

from researchfleet_core.deciding.world import World
from researchfleet_core.wire.sync import Verdict

# A hub that restarts is back well within this. Two missed polls of the slowest runtime.
HUB_GRACE = timedelta(seconds=30)


def hub_silent(world: World, now: datetime) -> bool:
    """Whether the hub has not answered for too long: nothing that it would have to pay for is started then."""
    return world.hub is None or world.hub_seen is None or now - world.hub_seen > HUB_GRACE


def budget_gone(world: World, agent: str) -> bool:
    """Whether the agent's own budget is used up."""
    facts = world.hub.agents.get(agent) if world.hub else None
    return facts is not None and facts.ledger.verdict is Verdict.HARD


def lease_over(world: World, attempt: str, started: datetime, now: datetime) -> bool:
    """Whether the attempt runs on time that nobody bought; its first lease comes with the hub's next answer."""
    lease = world.hub.leases.get(attempt) if world.hub else None
    if lease:
        return now > lease
    unknown_since = started
    if world.hub is None and world.watching_since:
        # Paid for perhaps, by a runtime before this one: the hub will tell.
        unknown_since = max(unknown_since, world.watching_since)
    return now > unknown_since + HUB_GRACE
