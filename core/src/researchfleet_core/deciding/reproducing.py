"""Which reproductions start now, and which are given up."""

from datetime import datetime

from researchfleet_core.deciding.actions import Action, EndReproduction, StartReproduction
from researchfleet_core.deciding.leases import hub_silent
from researchfleet_core.deciding.world import Attempt, World
from researchfleet_core.reasons import UNCOUNTED, EndReason

# What failed this often in a clean sandbox will fail again.
ATTEMPTS = 3


def reproduce(world: World, now: datetime) -> list[Action]:
    """Start what is pending, as many at once as there are slots; give up what failed too often."""
    if world.hub is None or hub_silent(world, now):
        return []
    free = world.reproduction_slots - len(world.active_reproductions)
    actions: list[Action] = []
    for one in world.hub.reproductions:
        attempts = [attempt for attempt in world.reproductions if attempt.owner == one.uid]
        if one.state.over or any(attempt.active for attempt in attempts) or told_before_its_end(world, attempts):
            continue
        if len(failures(attempts)) >= ATTEMPTS:
            actions.append(EndReproduction(one.uid, f"{ATTEMPTS} clean sandboxes ended before all runs were delivered"))
        elif free > 0:
            actions.append(StartReproduction(one.uid, max((attempt.number for attempt in attempts), default=0) + 1))
            free -= 1
    return actions


def reproducing(world: World) -> bool:
    """Whether a reproduction runs or is still to be run; unknown counts as yes."""
    if world.hub is None or world.hub_seen is None or (world.nominated and world.hub_seen < world.nominated):
        return True
    over = {one.uid for one in world.hub.reproductions if one.state.over}
    left = any(attempt.owner not in over for attempt in world.active_reproductions)
    return left or len(over) < len(world.hub.reproductions)


def told_before_its_end(world: World, attempts: list[Attempt]) -> bool:
    """Whether the hub's answer is older than the last attempt's end: it may have delivered all since."""
    return any(attempt.ended and world.hub_seen and attempt.ended >= world.hub_seen for attempt in attempts)


def failures(attempts: list[Attempt]) -> list[Attempt]:
    """Ended attempts that say something about the snapshot, or that nobody would pay for."""
    uncounted = UNCOUNTED - {EndReason.BUDGET_EXHAUSTED}
    return [attempt for attempt in attempts if not attempt.active and attempt.reason not in uncounted]
