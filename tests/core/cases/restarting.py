"""Who starts, who waits, who has ended for good."""

from researchfleet_core.deciding import FinishAgent, Nominate, StartAttempt
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Verdict

from ..worlds import agent, attempt, facts, ledger, over, running, world

TWO = {"agents": {"replicas": 2}}
SLOW = {"failurePolicy": {"backoff": "10s", "maxBackoff": "15s"}}
CRASHED = EndReason.CRASHED
LOST = EndReason.RUNTIME_LOST
SPENT = facts(ledger=ledger(Verdict.HARD, "usd"))


def rules(*rules: dict, **policy: object) -> dict:
    """A failure policy with rules, of two agents."""
    return {**TWO, "failurePolicy": {"rules": list(rules), **policy}}


def crashes(count: int, ago: float = 1000) -> list:
    """So many attempts that crashed, a minute apart, the last one so long ago."""
    return [over(CRASHED, number, ago=ago + 60 * (count - number), ran=30) for number in range(1, count + 1)]


def failed(ordinal: int = 0) -> FinishAgent:
    return FinishAgent(f"f-{ordinal}", CRASHED, failed=True)


CASES = {
    "a new agent gets its first attempt": ({}, world(agent(0)), [StartAttempt("f-0", 1)]),
    "an agent whose attempt is starting gets no second one": ({}, world(agent(0, attempt(started=None))), []),
    "a crashed agent waits for its back-off": ({}, world(agent(0, over(CRASHED, ago=1.9))), []),
    "a crashed agent starts again after its back-off": ({}, world(agent(0, over(CRASHED, ago=2))), [StartAttempt("f-0", 2)]),
    "the back-off doubles": ({}, world(agent(0, *crashes(3, ago=7.9))), []),
    "the doubled back-off ends too": ({}, world(agent(0, *crashes(3, ago=8))), [StartAttempt("f-0", 4)]),
    "the back-off ends at maxBackoff": (
        SLOW | {"failurePolicy": {"backoff": "10s", "maxBackoff": "15s", "maxRestarts": 9}},
        world(agent(0, *crashes(8, ago=15))),
        [StartAttempt("f-0", 9)],
    ),
    "an attempt that ran longer than maxBackoff begins a new row": (
        {"failurePolicy": {"maxRestarts": 9, "maxBackoff": "1m"}},
        world(agent(0, *crashes(4, ago=500), over(CRASHED, 5, ago=2, ran=61))),
        [StartAttempt("f-0", 6)],
    ),
    "an attempt that ran as long as maxBackoff does not": (
        {"failurePolicy": {"maxRestarts": 9, "maxBackoff": "1m"}},
        world(agent(0, *crashes(4, ago=500), over(CRASHED, 5, ago=2, ran=60))),
        [],
    ),
    "the longest policy that can be written overflows nothing": (
        {"failurePolicy": {"backoff": "999999h", "maxBackoff": "999999h", "maxRestarts": 1000}},
        world(agent(0, *crashes(90))),
        [],
    ),
    "an agent that crashed more often than maxRestarts has failed": (
        TWO,
        world(running(1), agent(0, *crashes(4))),
        [failed()],
    ),
    "with maxRestarts 0 the first crash is the last": (
        {**TWO, "failurePolicy": {"maxRestarts": 0}},
        world(running(1), agent(0, *crashes(1))),
        [failed()],
    ),
    "an attempt that ended without a known reason counts as crashed": (
        {**TWO, "failurePolicy": {"maxRestarts": 0}},
        world(running(1), agent(0, attempt(started=-90, ended=-60))),
        [failed()],
    ),
    "ends that say nothing about the researcher are not counted": (
        TWO,
        world(
            running(1), agent(0, *(over(LOST, number, ago=2000 - number) for number in range(1, 9)), over(LOST, 9, ago=600))
        ),
        [StartAttempt("f-0", 10)],
    ),
    "a crash after many of them is the first that counts": (
        {},
        world(agent(0, *(over(LOST, number, ago=2000 - number) for number in range(1, 6)), over(CRASHED, 6, ago=600))),
        [StartAttempt("f-0", 7)],
    ),
    "uncounted ends wait too, so nothing restarts in a tight loop": (
        {},
        world(agent(0, over(LOST, 1, ago=30), over(LOST, 2, ago=3.9))),
        [],
    ),
    "ends that were ordered do not wait": (
        {},
        world(agent(0, over(CRASHED, 1, ago=30), over(EndReason.SUSPENDED, 2, ago=0))),
        [StartAttempt("f-0", 3)],
    ),
    "an end for the budget's sake is no failure, should the budget be raised": (
        {"failurePolicy": {"maxRestarts": 0}},
        world(agent(0, over(EndReason.BUDGET_EXHAUSTED, ago=0))),
        [StartAttempt("f-0", 2)],
    ),
    "an agent that completed has ended": (
        TWO,
        world(running(1), agent(0, over(EndReason.COMPLETED))),
        [FinishAgent("f-0", EndReason.COMPLETED, failed=False)],
    ),
    "an agent that exited because it was told to wrap up goes on when the fleet does": (
        {},
        world(agent(0, over(EndReason.COMPLETED, ago=1, told=-30))),
        [StartAttempt("f-0", 2)],
    ),
    "what ended for good stays so, whatever becomes of its attempts": (
        TWO,
        world(
            running(1),
            agent(0, finished=EndReason.COMPLETED),
        ),
        [],
    ),
    "what failed for good stays so, though maxRestarts be raised": (
        {**TWO, "failurePolicy": {"maxRestarts": 9}},
        world(running(1), agent(0, *crashes(4), finished=CRASHED, failed=True)),
        [],
    ),
    "an agent whose own budget is gone ends when its attempt has": (
        TWO,
        world(running(1), agent(0, over(EndReason.BUDGET_EXHAUSTED)), facts={"f-0": SPENT}),
        [FinishAgent("f-0", EndReason.BUDGET_EXHAUSTED, failed=False)],
    ),
    "an agent that failed has failed, though its budget be gone too": (
        TWO,
        world(running(1), agent(0, *crashes(4)), facts={"f-0": SPENT}),
        [failed()],
    ),
    "nothing starts before the hub has answered": ({}, world(agent(0), seen=None), []),
    "nothing starts while the hub is silent, since nobody would pay": ({}, world(agent(0), seen=-31), []),
    "a hub that missed one poll stops nothing from starting": ({}, world(agent(0), seen=-30), [StartAttempt("f-0", 1)]),
    "agents end while the hub is silent": (
        TWO,
        world(running(1), agent(0, over(EndReason.COMPLETED)), seen=-31),
        [FinishAgent("f-0", EndReason.COMPLETED, failed=False)],
    ),
    "a rule on a reason fails the agent at once": (
        rules({"onReasons": ["DiskLimit"], "action": "FailAgent"}),
        world(running(1), agent(0, over(EndReason.DISK_LIMIT))),
        [FinishAgent("f-0", EndReason.DISK_LIMIT, failed=True)],
    ),
    "a rule on an exit code leaves others to the default": (
        rules({"onExitCodes": [3], "action": "FailAgent"}),
        world(agent(1, over(CRASHED, exit_code=4)), agent(0, over(CRASHED, exit_code=3))),
        [StartAttempt("f-1", 2), failed()],
    ),
    "a rule on both wants both": (
        rules({"onExitCodes": [3], "onReasons": ["MemoryLimit"], "action": "FailAgent"}),
        world(agent(1, over(CRASHED, exit_code=3)), agent(0, over(EndReason.MEMORY_LIMIT, exit_code=3))),
        [StartAttempt("f-1", 2), FinishAgent("f-0", EndReason.MEMORY_LIMIT, failed=True)],
    ),
    "the first rule that matches wins": (
        rules({"onReasons": ["Crashed"], "action": "RestartUncounted"}, {"onExitCodes": [3], "action": "FailFleet"}),
        world(running(1), agent(0, over(CRASHED, exit_code=3))),
        [StartAttempt("f-0", 2)],
    ),
    "restarts that a rule does not count do not use up maxRestarts": (
        rules({"onReasons": ["Crashed"], "action": "RestartUncounted"}, maxRestarts=0),
        world(running(1), agent(0, *crashes(6))),
        [StartAttempt("f-0", 7)],
    ),
    "restarts that a rule does not count wait nevertheless": (
        rules({"onReasons": ["Crashed"], "action": "RestartUncounted"}),
        world(running(1), agent(0, *crashes(3, ago=7.9))),
        [],
    ),
    "a rule can count what by default is not": (
        rules({"onReasons": ["RuntimeLost"], "action": "Restart"}, maxRestarts=0),
        world(running(1), agent(0, over(LOST))),
        [FinishAgent("f-0", LOST, failed=True)],
    ),
    "a rule can restart a researcher that completed": (
        rules({"onReasons": ["Completed"], "action": "Restart"}),
        world(running(1), agent(0, over(EndReason.COMPLETED))),
        [StartAttempt("f-0", 2)],
    ),
    "the exit code of an attempt that we stopped is not the researcher's": (
        rules({"onExitCodes": [143], "action": "FailAgent"}),
        world(running(1), agent(0, over(EndReason.SUSPENDED, exit_code=143))),
        [StartAttempt("f-0", 2)],
    ),
    "FailFleet ends the research": (
        rules({"onReasons": ["DiskLimit"], "action": "FailFleet"}),
        world(agent(0, over(EndReason.DISK_LIMIT)), agent(1, over(EndReason.SUSPENDED))),
        [Nominate(closing=Reason.FAILED_BY_POLICY)],
    ),
    "FailFleet holds for an attempt that ended without a known reason": (
        rules({"onReasons": ["Crashed"], "action": "FailFleet"}),
        world(agent(0, attempt(started=-90, ended=-60)), agent(1, over(EndReason.SUSPENDED))),
        [Nominate(closing=Reason.FAILED_BY_POLICY)],
    ),
    "all agents that are there have ended, but more are wanted: research goes on": (
        TWO,
        world(agent(0, finished=EndReason.COMPLETED), agent(1)),
        [StartAttempt("f-1", 1)],
    ),
}
