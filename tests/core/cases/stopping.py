"""Which attempts must end: never up, idle, unpaid, suspended, drained."""

from researchfleet_core.deciding import FinishAgent, Nominate, StartAttempt, StartReproduction, StopAttempt, Tell
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import Directive, ReproductionState, Verdict

from ..worlds import agent, at, attempt, facts, ledger, of, over, reproduction, running, world

TWO = {"agents": {"replicas": 2}}
SUSPENDED = {**TWO, "desiredState": "Suspended"}
DRAINED = {**TWO, "desiredState": "Drained"}
WRAP_UP = Tell("f-0-1", Directive.WRAP_UP)
SPENT = facts(ledger=ledger(Verdict.HARD, "usd"))
# 3 runs of at most 10 minutes each.
SLOW_RUNS = {"evaluation": {"seeds": 3, "reproduction": {"runSeconds": 600}}}


def stop(reason: EndReason, uid: str = "f-0-1") -> StopAttempt:
    return StopAttempt(uid, reason)


CASES = {
    "an attempt has preRunning to come up": ({}, world(agent(0, attempt(started=None, created=-600))), []),
    "an attempt that is not up by then never ran": (
        {},
        world(agent(0, attempt(started=None, created=-601))),
        [stop(EndReason.NEVER_RAN)],
    ),
    "an attempt without a heartbeat for idleTimeout is idle": (
        {},
        world(running(0, started=-5000), facts={"f-0": facts(heartbeat=at(-601))}),
        [stop(EndReason.IDLE)],
    ),
    "a heartbeat within idleTimeout keeps an attempt": (
        {},
        world(running(0, started=-5000), facts={"f-0": facts(heartbeat=at(-600))}),
        [],
    ),
    "an attempt that was never heard of is idle from its start on": (
        {},
        world(running(0, started=-601), facts={"f-0": facts(heartbeat=None)}),
        [stop(EndReason.IDLE)],
    ),
    "the heartbeat of an earlier attempt does not count against a new one": (
        {},
        world(agent(0, over(EndReason.IDLE, ago=60), attempt(2, started=-30)), facts={"f-0": facts(heartbeat=at(-9000))}),
        [],
    ),
    "a hub that cannot be reached makes nobody idle": (
        {},
        world(running(0, started=-5000), seen=-900, leases={"f-0-1": 30}, facts={"f-0": facts(heartbeat=at(-1000))}),
        [],
    ),
    "an attempt may run to the end of its lease": ({}, world(running(0), leases={"f-0-1": 0}), []),
    "an attempt whose lease was not renewed is stopped": (
        {},
        world(running(0), leases={"f-0-1": -1}),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "an attempt whose lease passed while the hub is silent is stopped and not started again": (
        TWO,
        world(running(0), agent(1, over(EndReason.LEASE_EXPIRED)), leases={"f-0-1": -1}, seen=-60),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "an attempt waits for its first lease": ({}, world(running(0, started=-30), leases={}), []),
    "an attempt that never got a lease is stopped": (
        {},
        world(running(0, started=-31), leases={}),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "an attempt started before a hub fell silent is stopped when the grace is over": (
        {},
        world(running(0, started=-31), leases={}, seen=-40),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "a runtime that has just begun to watch does not stop what an earlier one started": (
        {},
        world(running(0, started=-5000), seen=None, watching_since=at(-30)),
        [],
    ),
    "a runtime that has just begun to watch stops what an answering hub does not pay for": (
        {},
        world(running(0, started=-5000), leases={}, watching_since=at(-5)),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "a runtime whose hub never answered stops what it started itself": (
        {},
        world(running(0, started=-31), seen=None),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "a runtime that has watched for a while without an answer of the hub does": (
        {},
        world(running(0, started=-5000), seen=None, watching_since=at(-31)),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "an attempt whose agent has used up its own budget is told to wrap up": (
        TWO,
        world(running(0), running(1), facts={"f-0": SPENT}),
        [WRAP_UP],
    ),
    "an attempt that is wrapping up is left to it": (
        TWO,
        world(running(0, told=-60), running(1), facts={"f-0": SPENT}),
        [],
    ),
    "without a lease it ends for the budget's sake": (
        TWO,
        world(running(0, told=-60), running(1), facts={"f-0": SPENT}, leases={"f-0-1": -1, "f-1-1": 30}),
        [stop(EndReason.BUDGET_EXHAUSTED)],
    ),
    "a soft limit stops nothing": (
        TWO,
        world(running(0), running(1), fleet=ledger(Verdict.SOFT, "usd")),
        [],
    ),
    "a suspended fleet stops everything at once": (
        SUSPENDED,
        world(running(0), agent(1, attempt(started=None)), reproductions=[of("r", attempt())]),
        [stop(EndReason.SUSPENDED), stop(EndReason.SUSPENDED, "f-1-1"), stop(EndReason.SUSPENDED, "r-1")],
    ),
    "a suspended fleet neither scales nor starts": (SUSPENDED, world(agent(0)), []),
    "a fleet that is resumed starts its agents at once, under the next number": (
        TWO,
        world(agent(0, over(EndReason.SUSPENDED, ago=0)), agent(1, over(EndReason.DRAINED, ago=0))),
        [StartAttempt("f-0", 2), StartAttempt("f-1", 2)],
    ),
    "a drained fleet tells its agents to wrap up and stops reproductions": (
        DRAINED,
        world(running(0), agent(1, attempt(started=None)), reproductions=[of("r", attempt())]),
        [WRAP_UP, stop(EndReason.DRAINED, "f-1-1"), stop(EndReason.DRAINED, "r-1")],
    ),
    "agents are told once": (DRAINED, world(running(0, told=-1)), []),
    "an agent gets two minutes at least to wrap up": (
        {**DRAINED, "evaluation": {"seeds": 1, "reproduction": {"runSeconds": 1}}},
        world(running(0, told=-121)),
        [stop(EndReason.DRAINED)],
    ),
    "an agent gets the time of all runs of an experiment to wrap up": (
        {**DRAINED, **SLOW_RUNS},
        world(running(0, told=-1800)),
        [],
    ),
    "an agent that has not wrapped up by then is stopped": (
        {**DRAINED, **SLOW_RUNS},
        world(running(0, told=-1801)),
        [stop(EndReason.DRAINED)],
    ),
    "a draining attempt without a lease is stopped like any other": (
        DRAINED,
        world(running(0, told=-10), leases={"f-0-1": -1}),
        [stop(EndReason.LEASE_EXPIRED)],
    ),
    "a drained fleet starts nothing": (DRAINED, world(agent(0), finalists=[reproduction("r")]), []),
    "finalists are not chosen in between unless every says so": (TWO, world(running(0), running(1)), []),
    "finalists are chosen every so often, counted from the first agent": (
        {"evaluation": {"reproduction": {"every": "1h"}}},
        world(agent(0, attempt(), created=-3600)),
        [Nominate()],
    ),
    "they are not chosen again before the time": (
        {"evaluation": {"reproduction": {"every": "1h"}}},
        world(agent(0, attempt(), created=-9000), nominated=at(-3599)),
        [],
    ),
    "they are chosen again when it is time": (
        {"evaluation": {"reproduction": {"every": "1h"}}},
        world(agent(0, attempt(), created=-9000), nominated=at(-3600)),
        [Nominate()],
    ),
    "nobody is chosen where nobody has ever been": (
        {"agents": {"replicas": 0}, "evaluation": {"reproduction": {"every": "1h"}}},
        world(),
        [],
    ),
    "a finalist is reproduced while research goes on": (
        {},
        world(running(0), finalists=[reproduction("r")]),
        [StartReproduction("r", 1)],
    ),
    "a finalist of before a suspension is reproduced under the next number": (
        {},
        world(running(0), finalists=[reproduction("r")], reproductions=[of("r", over(EndReason.SUSPENDED, 4, ago=1000))]),
        [StartReproduction("r", 5)],
    ),
    "a hub whose answer is from before a reproduction's end may not know that it delivered": (
        {},
        world(
            running(0),
            seen=-10,
            finalists=[reproduction("r", ReproductionState.RUNNING)],
            reproductions=[of("r", over(EndReason.COMPLETED, ago=5))],
        ),
        [],
    ),
    "nor may one of the very moment": (
        {},
        world(
            running(0),
            finalists=[reproduction("r", ReproductionState.RUNNING)],
            reproductions=[of("r", over(EndReason.COMPLETED, ago=0))],
        ),
        [],
    ),
    "an agent that ended does not wait for a reproduction": (
        TWO,
        world(
            running(1),
            agent(0, over(EndReason.COMPLETED)),
            reproductions=[of("r", attempt())],
            finalists=[reproduction("r")],
        ),
        [FinishAgent("f-0", EndReason.COMPLETED, failed=False)],
    ),
}
