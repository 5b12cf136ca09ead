"""What an agent may know of the budget: the smaller of its own and its share of the fleet's."""

from datetime import timedelta
from typing import Any

from researchfleet_core.wire.setup import Limits

from tests.hub.conftest import HOUR_NANO, START, World, report, setup

MINUTE_NANO = HOUR_NANO // 60


def left(world: World, name: str = "ada") -> dict[str, Any]:
    """The budget as an agent reads it."""
    answer = world.as_agent(name).get("/v1/budget")
    assert answer.status_code == 200
    return dict(answer.json())


def test_without_limits_nothing_is_limited(any_world: World) -> None:
    assert left(any_world) == {
        "verdict": "open",
        "usd": None,
        "agent_hours": None,
        "evaluations": None,
        "seconds": None,
    }


def test_running_agents_share_what_the_fleet_has(any_world: World) -> None:
    any_world.set_up(setup(Limits(usd_nano=10 * MINUTE_NANO, agent_hours=0.5, evaluations=5)))
    any_world.sync(report("ada"), report("bob"))
    now = left(any_world)
    assert now["usd"] == (10 * MINUTE_NANO - MINUTE_NANO) / 2 / 1e9
    assert round(now["agent_hours"] * 3600) == (1800 - 60) / 2
    assert now["evaluations"] == 3
    any_world.sync(report("bob", ended=START))
    assert left(any_world)["evaluations"] == 5


def test_the_agents_own_limit_counts_when_it_is_smaller(any_world: World) -> None:
    any_world.set_up(setup(Limits(evaluations=50), Limits(evaluations=3)))
    ada = any_world.as_agent("ada")
    ada.register(ada.upload())
    assert left(any_world)["evaluations"] == 1
    assert left(any_world, "bob")["evaluations"] == 3


def test_time_runs_to_the_deadline_and_the_worse_verdict_is_told(any_world: World) -> None:
    limits = Limits(deadline=START + timedelta(seconds=100))
    any_world.set_up(setup(limits, Limits(evaluations=2, soft=0.5)))
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    any_world.clock.advance(40)
    ada.register(digest, seeds=1)
    assert (left(any_world)["seconds"], left(any_world)["verdict"]) == (60, "soft limit")
    any_world.clock.advance(100)
    assert (left(any_world)["seconds"], left(any_world)["verdict"]) == (0, "hard limit")
