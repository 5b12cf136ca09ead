"""How research ends: wrap up, stop, nominate once, reproduce, finish."""

from researchfleet_core.deciding import (
    EndReproduction,
    Finish,
    FinishAgent,
    Nominate,
    StartReproduction,
    StopAttempt,
    Tell,
)
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Directive, ReproductionState, Verdict

from ..worlds import agent, at, attempt, ledger, of, over, reproduction, running, world

TWO = {"agents": {"replicas": 2}}
HARD = ledger(Verdict.HARD, "usd")
SPENT = Reason.BUDGET_EXHAUSTED
DONE = ReproductionState.DONE
GIVEN_UP = EndReproduction("r", "3 clean sandboxes ended before all runs were delivered")
RETIRED = FinishAgent("f-0", EndReason.BUDGET_EXHAUSTED, failed=False)
ENDED = agent(0, over(EndReason.BUDGET_EXHAUSTED), finished=EndReason.BUDGET_EXHAUSTED)
# 2 runs of 120 s, and two minutes.
LONGEST = 360


def closed(*attempts, finalists=(), **more):
    """A world whose research ended by its budget and whose last finalists are chosen."""
    more = {"closed": SPENT, "nominated": at(-900), "fleet": HARD, **more}
    return world(ENDED, finalists=finalists, reproductions=[of("r", one) for one in attempts], **more)


CASES = {
    "when the budget is used up agents are told to wrap up": (
        TWO,
        world(running(0), agent(1, attempt(started=None)), fleet=HARD),
        [Tell("f-0-1", Directive.WRAP_UP), StopAttempt("f-1-1", EndReason.BUDGET_EXHAUSTED)],
    ),
    "while they wrap up nothing else happens": (TWO, world(running(0, told=-60), agent(1), fleet=HARD), []),
    "when their lease is over they are stopped": (
        {},
        world(running(0, told=-60), fleet=HARD, leases={"f-0-1": -1}),
        [StopAttempt("f-0-1", EndReason.BUDGET_EXHAUSTED)],
    ),
    "when they do not come to an end they are stopped": (
        {},
        world(running(0, told=-361), fleet=HARD),
        [StopAttempt("f-0-1", EndReason.BUDGET_EXHAUSTED)],
    ),
    "a spent fleet starts nobody": (TWO, world(running(0, told=-1), agent(1), fleet=HARD), []),
    "a spent fleet of which nobody runs chooses its last finalists": (
        {},
        world(agent(0), fleet=HARD),
        [Nominate(closing=SPENT)],
    ),
    "a spent fleet is closed before it has any agent": ({}, world(fleet=HARD), [Nominate(closing=SPENT)]),
    "a reproduction of before goes on while the fleet closes": (
        {},
        world(agent(0), fleet=HARD, reproductions=[of("r", attempt())], finalists=[reproduction("r")]),
        [Nominate(closing=SPENT)],
    ),
    "the last finalists are chosen once, then agents that are left have ended": (
        {},
        world(agent(0, over(EndReason.BUDGET_EXHAUSTED)), fleet=HARD, closed=SPENT, finalists=[reproduction("r")]),
        [RETIRED, StartReproduction("r", 1)],
    ),
    "finalists are reproduced": ({}, closed(finalists=[reproduction("r")]), [StartReproduction("r", 1)]),
    "no more finalists at once than there are slots": (
        {},
        closed(finalists=[reproduction(uid) for uid in ("r", "s", "t")], reproduction_slots=2),
        [StartReproduction("r", 1), StartReproduction("s", 1)],
    ),
    "running reproductions take their slots": (
        {},
        closed(attempt(), finalists=[reproduction(uid) for uid in ("r", "s", "t")], reproduction_slots=2),
        [StartReproduction("s", 1)],
    ),
    "a failed reproduction is tried again": (
        {},
        closed(over(EndReason.CRASHED), finalists=[reproduction("r")]),
        [StartReproduction("r", 2)],
    ),
    "a reproduction is given up after three failures": (
        {},
        closed(*(over(EndReason.CRASHED, number) for number in (1, 2, 3)), finalists=[reproduction("r")]),
        [GIVEN_UP],
    ),
    "a sandbox that completed without delivering all is a failure too": (
        {},
        closed(*(over(EndReason.COMPLETED, number) for number in (1, 2, 3)), finalists=[reproduction("r")]),
        [GIVEN_UP],
    ),
    "ends that say nothing about the snapshot do not give it up": (
        {},
        closed(*(over(EndReason.RUNTIME_LOST, number) for number in (1, 2, 3)), finalists=[reproduction("r")]),
        [StartReproduction("r", 4)],
    ),
    "giving one up lets the next one start": (
        {},
        closed(*(over(EndReason.CRASHED, number) for number in (1, 2, 3)), finalists=[reproduction("r"), reproduction("s")]),
        [GIVEN_UP, StartReproduction("s", 1)],
    ),
    "a reproduction may take the time of all its runs": (
        {},
        closed(attempt(started=-LONGEST), finalists=[reproduction("r")]),
        [],
    ),
    "a reproduction that hangs is stopped": (
        {},
        closed(attempt(started=-LONGEST - 1), finalists=[reproduction("r")]),
        [StopAttempt("r-1", EndReason.TIME_LIMIT)],
    ),
    "a reproduction that the hub does not name may use its lease": ({}, closed(attempt(started=-LONGEST - 1)), []),
    "a reproduction that never comes up is stopped": (
        {},
        closed(attempt(started=None, created=-601), finalists=[reproduction("r")]),
        [StopAttempt("r-1", EndReason.NEVER_RAN)],
    ),
    "a reproduction whose lease passed while the hub is silent is stopped, also when all else is over": (
        {},
        closed(attempt(), finalists=[reproduction("r")], leases={"r-1": -1}, seen=-31),
        [StopAttempt("r-1", EndReason.LEASE_EXPIRED)],
    ),
    "a reproduction that the hub sells no lease is stopped": (
        {},
        closed(attempt(), finalists=[reproduction("r")], leases={}),
        [StopAttempt("r-1", EndReason.BUDGET_EXHAUSTED)],
    ),
    "a reproduction that nobody pays for is given up": (
        {},
        closed(*(over(EndReason.BUDGET_EXHAUSTED, number) for number in (1, 2, 3)), finalists=[reproduction("r")]),
        [GIVEN_UP],
    ),
    "while the hub is silent no reproduction starts": ({}, closed(finalists=[reproduction("r")], seen=-31), []),
    "when all are reproduced the fleet is finished": (
        {},
        closed(over(EndReason.COMPLETED), finalists=[reproduction("r", DONE), reproduction("s", ReproductionState.FAILED)]),
        [Finish(SPENT)],
    ),
    "a fleet without finalists is finished at once": ({}, closed(), [Finish(SPENT)]),
    "a reproduction that delivered all and hangs holds nothing up": (
        {},
        closed(attempt(), finalists=[reproduction("r", DONE)]),
        [Finish(SPENT)],
    ),
    "an answer from before the nomination does not know the finalists": ({}, closed(nominated=at(1)), []),
    "an answer of the moment of the nomination knows them": ({}, closed(nominated=at(0)), [Finish(SPENT)]),
    "without an answer nothing is known to be over": ({}, closed(seen=None), []),
    "a fleet all of whose agents completed is closed": (
        TWO,
        world(
            agent(0, over(EndReason.COMPLETED), finished=EndReason.COMPLETED),
            agent(1, over(EndReason.CRASHED), finished=EndReason.CRASHED, failed=True),
        ),
        [Nominate(closing=Reason.ALL_AGENTS_ENDED)],
    ),
    "a fleet all of whose agents failed is closed for that reason": (
        {},
        world(agent(0, over(EndReason.CRASHED), finished=EndReason.CRASHED, failed=True)),
        [Nominate(closing=Reason.AGENTS_FAILED)],
    ),
    "an agent that is being removed does not keep the research open": (
        {},
        world(
            agent(0, finished=EndReason.COMPLETED),
            agent(1, over(EndReason.SCALED_DOWN), deleting=True),
        ),
        [Nominate(closing=Reason.ALL_AGENTS_ENDED)],
    ),
    "research that is closed stays closed, though the budget be raised": (
        {"agents": {"replicas": 5}},
        closed(finalists=[reproduction("r")], fleet=ledger()),
        [StartReproduction("r", 1)],
    ),
    "a fleet that is closed can still be suspended": (
        {"desiredState": "Suspended"},
        closed(attempt(), finalists=[reproduction("r")]),
        [StopAttempt("r-1", EndReason.SUSPENDED)],
    ),
    "nothing starts once all is over": (
        TWO,
        world(agent(0), finished=at(-1), closed=SPENT, finalists=[reproduction("r")]),
        [],
    ),
    "what still runs then is stopped": (
        {},
        world(running(0), finished=at(-1), closed=SPENT, reproductions=[of("r", attempt())]),
        [StopAttempt("f-0-1", EndReason.RESEARCH_OVER), StopAttempt("r-1", EndReason.RESEARCH_OVER)],
    ),
}
