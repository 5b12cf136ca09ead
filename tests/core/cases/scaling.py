"""How many agents there are, and which of them go."""

from researchfleet_core.deciding import CreateAgent, DeleteAgent, StartAttempt, StopAttempt
from researchfleet_core.reasons import EndReason

from ..worlds import agent, attempt, facts, over, running, world

THREE = {"agents": {"replicas": 3}}
TWO = {"agents": {"replicas": 2}}
NONE = {"agents": {"replicas": 0}}
DIRECTED = {"agents": {"replicas": 3, "seed": 7}, "directions": {"mode": "Directed", "prompts": ["a", "b"]}}
GONE = EndReason.SCALED_DOWN

CASES = {
    "a new fleet gets its agents, each with its own prompt and seed": (
        DIRECTED,
        world(),
        [CreateAgent(0, "a", 7), CreateAgent(1, "b", 8), CreateAgent(2, "a", 9)],
    ),
    "agents of an undirected fleet share the one prompt": (
        TWO | {"directions": {"prompts": ["same"]}},
        world(),
        [CreateAgent(0, "same", 0), CreateAgent(1, "same", 1)],
    ),
    "agents are created before the hub has answered, but nothing is started": (
        {},
        world(seen=None),
        [CreateAgent(0, "", 0)],
    ),
    "the last seed is followed by the first": (
        {"agents": {"replicas": 2, "seed": 2**31 - 1}},
        world(running(0)),
        [CreateAgent(1, "", 0)],
    ),
    "a fleet that has its agents is left alone": (TWO, world(running(0), running(1)), []),
    "a free ordinal is filled before a new one is begun": (
        THREE,
        world(running(0), running(2)),
        [CreateAgent(1, "", 1)],
    ),
    "an agent that ended keeps its place": (
        TWO,
        world(running(0), agent(1, over(EndReason.COMPLETED), finished=EndReason.COMPLETED)),
        [],
    ),
    "a fleet scaled to nothing drops all and is not over": (
        NONE,
        world(running(0), running(1)),
        [DeleteAgent("f-1", GONE), DeleteAgent("f-0", GONE)],
    ),
    "a fleet of no agents does nothing": (NONE, world(), []),
    "scaling down takes idle agents before running ones, though they be better": (
        TWO,
        world(running(0), agent(1, over(EndReason.CRASHED, ago=1)), running(2), facts={"f-1": facts(rank_pgr=0.9)}),
        [DeleteAgent("f-1", GONE)],
    ),
    "of running agents scaling down takes those with the lowest rank PGR": (
        {},
        world(
            running(0),
            running(1),
            running(2),
            facts={"f-0": facts(rank_pgr=0.4), "f-1": facts(rank_pgr=0.5), "f-2": facts(rank_pgr=-0.1)},
        ),
        [DeleteAgent("f-2", GONE), DeleteAgent("f-0", GONE)],
    ),
    "an agent without a score is worth less than one below zero": (
        {},
        world(running(0), running(1), facts={"f-0": facts(rank_pgr=-2.0)}),
        [DeleteAgent("f-1", GONE)],
    ),
    "of equal agents scaling down takes the youngest": (
        {},
        world(agent(0, attempt(), created=-60), agent(1, attempt(), created=-3600)),
        [DeleteAgent("f-0", GONE)],
    ),
    "of agents of the same age scaling down takes the one with the highest number": (
        TWO,
        world(running(0), running(1), running(2)),
        [DeleteAgent("f-2", GONE)],
    ),
    "scaling down never takes an agent that submits": (
        NONE,
        world(running(0), running(1), facts={"f-0": facts(submitting=True)}),
        [DeleteAgent("f-1", GONE)],
    ),
    "while all submit nobody is dropped": (
        NONE,
        world(running(0), running(1), facts={"f-0": facts(submitting=True), "f-1": facts(submitting=True)}),
        [],
    ),
    "an agent that is dropped is not started as well": (
        TWO,
        world(running(0), running(1), agent(2)),
        [DeleteAgent("f-2", GONE)],
    ),
    "an agent that is dropped gets no other order": (
        {},
        world(running(0), running(1, started=-10_000), facts={"f-1": facts(heartbeat=None)}),
        [DeleteAgent("f-1", GONE)],
    ),
    "an agent that is being removed holds its place until it is gone": (
        TWO,
        world(running(0), agent(1, attempt(), deleting=True)),
        [StopAttempt("f-1-1", GONE)],
    ),
    "while one is being removed no other is dropped in its place": (
        TWO,
        world(running(0), agent(1), agent(2, attempt(), deleting=True)),
        [StopAttempt("f-2-1", GONE), StartAttempt("f-1", 1)],
    ),
    "an agent that is being removed and runs nothing is not started": (TWO, world(running(0), agent(1, deleting=True)), []),
}
