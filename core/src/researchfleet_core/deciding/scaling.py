"""How many agents there are."""

from itertools import count, islice

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.deciding.actions import Action, CreateAgent, DeleteAgent
from researchfleet_core.deciding.world import AgentState, World
from researchfleet_core.reasons import EndReason

# As many as a seed may have values.
SEEDS = 2**31


def scale(spec: FleetSpec, world: World) -> list[Action]:
    """Create the lowest free ordinals, or drop the agents that cost least to lose; agents that ended count."""
    surplus = len(world.staying) - spec.agents.replicas
    if surplus > 0:
        dropped = sorted(
            (agent for agent in world.staying if not submits(agent, world)), key=lambda agent: worth(agent, world)
        )
        return [DeleteAgent(agent.name, EndReason.SCALED_DOWN) for agent in dropped[:surplus]]
    # One that is being removed holds its place and its name until it is gone.
    missing = max(0, spec.agents.replicas - len(world.agents))
    taken = {agent.ordinal for agent in world.agents}
    free = (ordinal for ordinal in count() if ordinal not in taken)
    return [
        CreateAgent(ordinal, spec.directions.prompt(ordinal), (spec.agents.seed + ordinal) % SEEDS)
        for ordinal in islice(free, missing)
    ]


def submits(agent: AgentState, world: World) -> bool:
    """Whether the agent is in the middle of a submission: it is never dropped then."""
    facts = world.hub.agents.get(agent.name) if world.hub else None
    return facts is not None and facts.submitting


def worth(agent: AgentState, world: World) -> tuple[bool, float, float, int]:
    """Sort key, least worth first: idle before running, then the lower rank PGR, then the younger, the higher number."""
    facts = world.hub.agents.get(agent.name) if world.hub else None
    score = facts.rank_pgr if facts and facts.rank_pgr is not None else float("-inf")
    return (agent.active is not None, score, -agent.created.timestamp(), -agent.ordinal)
