"""Random schedules: whatever goes wrong, and in which order, the promises of `decide` hold."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from researchfleet_core.deciding import Nominate
from researchfleet_core.deciding.leases import HUB_GRACE

from .simulation import TICK, Plan, Simulation

# The longest storm, the longest waits (back-off, wrap-up, hanging reproductions one after the other), the largest budget.
STEPS = 400
CALM = 5

changes = st.tuples(st.integers(1, 25), st.integers(0, 4), st.sampled_from(["Running", "Running", "Suspended", "Drained"]))
plans = st.builds(
    Plan,
    seed=st.integers(0, 2**32),
    replicas=st.integers(0, 4),
    budget=st.none() | st.integers(0, 900),
    agent_budget=st.none() | st.integers(0, 900),
    faults=st.sampled_from([0.0, 0.05, 0.15, 0.3]),
    storm=st.integers(0, 30),
    every=st.sampled_from([None, "60s"]),
    snapshots=st.sampled_from(["good", "good", "crash", "hang", "never start", "unpaid"]),
    changes=st.lists(changes, max_size=4).map(lambda made: tuple(sorted(made))),
)
relaxed = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@given(plan=plans)
@settings(relaxed, max_examples=1000)
def test_every_schedule_keeps_the_promises_and_comes_to_rest(plan):
    fleet = Simulation(plan)
    quiet = 0
    while fleet.steps < STEPS and not (quiet >= CALM and at_rest(fleet)):
        acts = [action for action in fleet.step() if action != Nominate()]
        quiet = 0 if acts or fleet.stormy else quiet + 1
    assert quiet >= CALM, "it still acts though nothing happens any more"
    assert at_rest(fleet)


def at_rest(fleet: Simulation) -> bool:
    """Whether the fleet is what its spec asks for, and will stay so: finished wherever a budget can be used up."""
    wanted = fleet.spec.agents.replicas
    if fleet.steps < max((step for step, _, _ in fleet.plan.changes), default=0):
        return False
    if fleet.finished or fleet.spec.desired_state != "Running":
        return not fleet.alive()
    if fleet.plan.budget is not None and wanted:
        return False
    alive = fleet.alive()
    working = [agent for agent in fleet.agents.values() if not agent.finished]
    return len(fleet.agents) == wanted and all(any(one in alive for one in agent.processes) for agent in working)


@given(plan=plans, died=st.integers(1, 30))
@settings(relaxed, max_examples=300)
def test_when_the_hub_dies_nothing_runs_unpaid_for_long(plan, died):
    fleet = Simulation(replace(plan, storm=min(plan.storm, died), changes=()))
    while fleet.steps < died:
        fleet.step()
    fleet.hub_dead = True
    death = fleet.now
    while fleet.steps < died + 60:
        fleet.step()
    ran = [process for process in fleet.processes() if process.starts < process.ends]
    late = timedelta(seconds=20) + 2 * TICK
    assert all(process.created <= death + HUB_GRACE for process in ran), "started though nobody would pay"
    for process in ran:
        paid = process.paid_until or process.starts
        assert process.ends <= max(paid, process.starts, death) + HUB_GRACE + late
