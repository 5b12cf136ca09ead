"""What a fleet's conditions say, and when their times change."""

import pytest
from hypothesis import given, settings
from researchfleet_core.api.fleet import AgentCounts
from researchfleet_core.deciding.conditions import conditions, counts
from researchfleet_core.reasons import MEANING, REASON_MEANING, EndReason, Reason
from researchfleet_core.wire.sync import ReproductionState, Verdict

from .simulation import Plan, Simulation
from .test_schedules import plans, relaxed
from .worlds import NOW, agent, at, attempt, ledger, of, over, reproduction, running, spec, world

TWO = {"agents": {"replicas": 2}}
CRASHED = EndReason.CRASHED
FAILED = agent(0, over(CRASHED), finished=CRASHED, failed=True)
ENDED = agent(0, over(EndReason.COMPLETED), finished=EndReason.COMPLETED)
FAIL_FLEET = {"failurePolicy": {"rules": [{"onReasons": ["DiskLimit"], "action": "FailFleet"}]}}

# Spec, world, and of some condition: status, reason, message.
SAID = {
    "a fleet whose hub has not answered is starting": (
        {},
        world(seen=None),
        ("Ready", "False", Reason.STARTING, "hub and evaluator are starting"),
    ),
    "a fleet that does what it should is ready": (
        TWO,
        world(running(0), running(1)),
        ("Ready", "True", Reason.ALL_RUNNING, "2 agents run"),
    ),
    "it is settled then": (TWO, world(running(0), running(1)), ("Reconciling", "False", Reason.RECONCILED, "2 agents run")),
    "a fleet of no agents is ready": (
        {"agents": {"replicas": 0}},
        world(),
        ("Ready", "True", Reason.ALL_RUNNING, "0 agents run"),
    ),
    "an agent that is not there yet is waited for": (
        TWO,
        world(running(0)),
        ("Ready", "False", Reason.WAITING_FOR_AGENTS, "1 of 2 agents wait: not created yet"),
    ),
    "an agent that starts is waited for by name": (
        TWO,
        world(running(0), agent(1, attempt(started=None))),
        ("Ready", "False", Reason.WAITING_FOR_AGENTS, "1 of 2 agents wait: f-1 is starting"),
    ),
    "a back-off says for whom, why and until when": (
        TWO,
        world(running(0), agent(1, over(CRASHED, ago=0.5))),
        ("Ready", "False", Reason.BACKING_OFF, "1 of 2 agents wait: f-1 ended with Crashed and starts again at 12:00:01"),
    ),
    "what is not settled says what it waits for": (
        TWO,
        world(running(0)),
        ("Reconciling", "True", Reason.WAITING_FOR_AGENTS, "1 of 2 agents wait: not created yet"),
    ),
    "a silent hub is named with its last answer": (
        {},
        world(running(0), seen=-31),
        ("Ready", "False", Reason.HUB_UNREACHABLE, "the hub last answered at 11:59:29; nothing new is started"),
    ),
    "a fleet that is being suspended says what still runs": (
        {"desiredState": "Suspended"},
        world(running(0), reproductions=[of("r", attempt())]),
        ("Ready", "False", Reason.SUSPENDING, "still running: f-0-1, r-1"),
    ),
    "a suspended fleet says so": (
        {"desiredState": "Suspended"},
        world(agent(0, over(EndReason.SUSPENDED))),
        ("Ready", "False", Reason.SUSPENDED, "desiredState is Suspended; nothing runs"),
    ),
    "a suspended fleet is settled": (
        {"desiredState": "Suspended"},
        world(agent(0, over(EndReason.SUSPENDED))),
        ("Reconciling", "False", Reason.RECONCILED, "desiredState is Suspended; nothing runs"),
    ),
    "a fleet that drains says what still runs, the first few by name": (
        {"desiredState": "Drained"},
        world(*(running(ordinal) for ordinal in range(5))),
        ("Ready", "False", Reason.DRAINING, "still running: f-0-1, f-1-1, f-2-1 and 2 more"),
    ),
    "a few are all named": (
        {"desiredState": "Drained"},
        world(*(running(ordinal) for ordinal in range(3))),
        ("Ready", "False", Reason.DRAINING, "still running: f-0-1, f-1-1, f-2-1"),
    ),
    "a drained fleet says so": (
        {"desiredState": "Drained"},
        world(),
        ("Ready", "False", Reason.DRAINED, "desiredState is Drained; nothing runs"),
    ),
    "a fleet whose agents wrap up says who": (
        {},
        world(running(0), fleet=ledger(Verdict.HARD, "usd")),
        ("Ready", "True", Reason.REPRODUCING, "research is over; still running: f-0-1"),
    ),
    "a fleet that reproduces says how much is left": (
        {},
        world(
            ENDED,
            closed=Reason.ALL_AGENTS_ENDED,
            finalists=[reproduction("r"), reproduction("s", ReproductionState.DONE), reproduction("t")],
        ),
        ("Ready", "True", Reason.REPRODUCING, "research is over; 2 reproductions to go"),
    ),
    "a fleet that reproduces is not finished": (
        {},
        world(ENDED, finalists=[reproduction("r")]),
        ("Finished", "False", Reason.REPRODUCING, "finalists are being reproduced"),
    ),
    "a fleet that researches is not finished": (
        {},
        world(running(0)),
        ("Finished", "False", Reason.RUNNING, "research goes on"),
    ),
    "a finished fleet says what ended its research": (
        {},
        world(ENDED, finished=at(0), closed=Reason.BUDGET_EXHAUSTED),
        ("Finished", "True", Reason.BUDGET_EXHAUSTED, "research and reproduction are over"),
    ),
    "a fleet of which all agents ended says that": (
        {},
        world(ENDED, finished=at(0), closed=Reason.ALL_AGENTS_ENDED),
        ("Finished", "True", Reason.ALL_AGENTS_ENDED, "research and reproduction are over"),
    ),
    "a finished fleet is ready": (
        {},
        world(ENDED, finished=at(0), closed=Reason.ALL_AGENTS_ENDED),
        ("Ready", "True", Reason.FINISHED, "research and reproduction are over"),
    ),
    "a fleet of which all agents failed is not, and says how": (
        {},
        world(FAILED, finished=at(0), closed=Reason.AGENTS_FAILED),
        ("Ready", "False", Reason.AGENTS_FAILED, "all 1 agents failed: f-0 Crashed"),
    ),
    "a failed fleet is stalled": (
        {},
        world(FAILED, finished=at(0), closed=Reason.AGENTS_FAILED),
        ("Stalled", "True", Reason.AGENTS_FAILED, "all 1 agents failed: f-0 Crashed"),
    ),
    "a fleet that its policy failed says for whom": (
        FAIL_FLEET,
        world(agent(0, over(EndReason.DISK_LIMIT)), finished=at(0), closed=Reason.FAILED_BY_POLICY),
        (
            "Ready",
            "False",
            Reason.FAILED_BY_POLICY,
            "a rule of failurePolicy said FailFleet for f-0, which ended with DiskLimit",
        ),
    ),
    "a fleet whose policy was changed since says it nevertheless": (
        {},
        world(agent(0, over(EndReason.DISK_LIMIT)), finished=at(0), closed=Reason.FAILED_BY_POLICY),
        ("Stalled", "True", Reason.FAILED_BY_POLICY, "a rule of failurePolicy said FailFleet"),
    ),
    "a fleet that works is not stalled": ({}, world(running(0)), ("Stalled", "False", Reason.ALL_RUNNING, "1 agents run")),
    "a spec in force is accepted": ({}, world(), ("Accepted", "True", Reason.VALID, "the spec is in force")),
    "a changed problem is not accepted, in the hub's words": (
        {},
        world(refused="spec.problem: testbed amazon is not allowed (movie is pinned)"),
        ("Accepted", "False", Reason.PROBLEM_CHANGED, "spec.problem: testbed amazon is not allowed (movie is pinned)"),
    ),
    "an evaluator of which nobody has heard": (
        {},
        world(seen=None),
        ("EvaluatorReachable", "Unknown", Reason.STARTING, "the hub has not answered yet"),
    ),
    "an evaluator behind a silent hub": (
        {},
        world(seen=-31),
        ("EvaluatorReachable", "Unknown", Reason.HUB_UNREACHABLE, "the hub last answered at 11:59:29"),
    ),
    "an evaluator that does not answer": (
        {},
        world(evaluator_reachable=False),
        ("EvaluatorReachable", "False", Reason.EVALUATOR_UNREACHABLE, "the hub cannot reach the evaluator"),
    ),
    "an evaluator that answers": (
        {},
        world(),
        ("EvaluatorReachable", "True", Reason.EVALUATOR_ANSWERS, "the evaluator answers"),
    ),
    "a budget of which nothing is known": (
        {},
        world(seen=None),
        ("BudgetAvailable", "Unknown", Reason.STARTING, "the hub has not answered yet"),
    ),
    "a budget that is far from its limits": (
        {},
        world(),
        ("BudgetAvailable", "True", Reason.WITHIN_BUDGET, "no limit is near"),
    ),
    "a budget near a limit names it": (
        {},
        world(fleet=ledger(Verdict.SOFT, "agentHours")),
        ("BudgetAvailable", "True", Reason.SOFT_LIMIT, "budget.agentHours is nearly reached"),
    ),
    "a budget that is used up names the limit": (
        {},
        world(fleet=ledger(Verdict.HARD, "usd")),
        ("BudgetAvailable", "False", Reason.BUDGET_EXHAUSTED, "budget.usd is reached"),
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_condition_says_what_is_the_case_and_why(case):
    changes, seen, said = SAID[case]
    found = conditions(spec(changes), seen, NOW, generation=7)
    assert said in [(one.type, one.status, one.reason, one.message) for one in found]


def test_the_message_about_ten_thousand_failed_agents_is_short():
    failed = [agent(ordinal, over(CRASHED), finished=CRASHED, failed=True) for ordinal in range(10_000)]
    seen = world(*failed, finished=at(0), closed=Reason.AGENTS_FAILED)
    found = {one.type: one for one in conditions(spec({"agents": {"replicas": 10_000}}), seen, NOW, generation=1)}
    assert found["Ready"].message == "all 10000 agents failed: f-0 Crashed, f-1 Crashed, f-2 Crashed and 9997 more"


def test_a_message_does_not_change_while_nothing_happens():
    seen = world(running(0), agent(1, over(CRASHED, ago=0)), seen=20)
    first, later = ([one.message for one in conditions(spec(TWO), seen, at(second), generation=1)] for second in (0.1, 1.9))
    assert first == later


def test_a_condition_keeps_its_time_while_only_its_reason_changes():
    starting = conditions(spec(), world(seen=None), at(-60), generation=1)
    waiting = conditions(spec(), world(), at(-30), generation=1, old=starting)
    ready = conditions(spec(), world(running(0)), NOW, generation=1, old=waiting)
    times = [next(one.last_transition_time for one in found if one.type == "Ready") for found in (starting, waiting, ready)]
    assert times == [at(-60), at(-60), NOW]


@given(plan=plans)
@settings(relaxed, max_examples=60)
def test_times_change_only_with_the_status_whatever_happens(plan: Plan):
    fleet = Simulation(plan)
    old = {}
    for generation in range(1, 40):
        fleet.step()
        found = conditions(fleet.spec, fleet.world(), fleet.now, generation=generation, old=old.values())
        assert {one.observed_generation for one in found} == {generation}
        assert len({one.type for one in found}) == len(found)
        for one in found:
            changed = one.type not in old or old[one.type].status != one.status
            assert one.last_transition_time == (fleet.now if changed else old[one.type].last_transition_time)
            assert one.message
        old = {one.type: one for one in found}


def test_agents_are_counted_by_what_they_do():
    seen = world(
        running(0),
        agent(1, attempt(started=None)),
        agent(2, finished=EndReason.COMPLETED),
        agent(3, finished=EndReason.COMPLETED),
        agent(4, finished=CRASHED, failed=True),
    )
    assert counts(spec({"agents": {"replicas": 6}}), seen) == AgentCounts(wanted=6, running=1, waiting=2, ended=2, failed=1)


def test_every_reason_has_a_meaning_and_can_be_met():
    assert set(MEANING) == set(EndReason)
    assert set(REASON_MEANING) == set(Reason)
    assert {reason for _, _, (_, _, reason, _) in SAID.values()} == set(Reason)
