"""Which reproductions start now, and which are given up."""

from researchfleet_core.deciding.actions import Action, EndReproduction, StartReproduction
from researchfleet_core.deciding.world import Attempt, World
from researchfleet_core.reasons import UNCOUNTED

# A clean sandbox that failed this often will fail again: its snapshot does not run there.
ATTEMPTS = 3


def reproduce(world: World) -> list[Action]:
    """Start what is pending, as many at once as there are slots; give up what failed too often."""
    if not world.hub:
        return []
    free = world.reproduction_slots - len(world.active_reproductions)
    actions: list[Action] = []
    for one in world.hub.reproductions:
        attempts = [attempt for attempt in world.reproductions if attempt.owner == one.uid]
        if one.state.over or any(attempt.active for attempt in attempts):
            continue
        if len(failures(attempts)) >= ATTEMPTS:
            actions.append(EndReproduction(one.uid, f"{ATTEMPTS} clean sandboxes ended before all runs were delivered"))
        elif free > 0:
            actions.append(StartReproduction(one.uid, len(attempts) + 1))
            free -= 1
    return actions


def failures(attempts: list[Attempt]) -> list[Attempt]:
    """Ended attempts that say something about the snapshot."""
    return [attempt for attempt in attempts if not attempt.active and attempt.reason not in UNCOUNTED]
