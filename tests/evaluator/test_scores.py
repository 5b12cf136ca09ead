"""What people see: dev and rank with intervals, pooled by snapshot."""

import pytest
from researchfleet_core.testbed import Slice
from researchfleet_evaluator.scores import fleet_scores

from tests.evaluator.conftest import BOB, FLEET, digest


def value(interval):
    return round(interval["value"], 6)


def test_a_finished_experiment_has_dev_and_rank_with_intervals(hub):
    hub.run(0.70, 0.76, seeds=3)
    (score,) = hub.scores()["experiments"]
    assert (value(score["dev"]), value(score["rank"])) == (0.5, 0.8)
    assert score["rank"]["low"] < 0.8 < score["rank"]["high"]
    assert (score["agent"], score["agent_uid"], score["snapshot"]) == ("ada", "ada-uid", digest("a"))
    assert (score["title"], score["hypothesis"], score["family"]) == ("A title", "It helps.", "self-training")
    assert score["registered"] < score["finished"]


def test_experiments_stand_in_the_order_of_their_registration(hub):
    for snapshot in "abc":
        hub.register(snapshot=snapshot)
    assert [one["snapshot"] for one in hub.scores()["experiments"]] == [digest(letter) for letter in "abc"]


def test_rank_is_pooled_over_all_experiments_of_a_snapshot_so_a_lucky_repetition_cannot_stand_alone(hub):
    hub.run(0.7, 0.60, seeds=3)
    hub.run(0.7, 0.80, BOB, seeds=1)
    hub.run(0.7, 0.80, snapshot="b", seeds=1)
    first, again, other = hub.scores()["experiments"]
    assert value(first["rank"]) == value(again["rank"]) == 0.25
    assert first["rank"] == again["rank"]
    assert value(other["rank"]) == 1.0
    assert value(first["dev"]) == 0.5


def test_an_unfinished_experiment_adds_nothing_to_the_pool(hub):
    hub.run(0.7, 0.60)
    registered = hub.register(seeds=2)
    hub.submit(registered["experiment"], registered["seeds"][0]["seed"], hub.truth.predictions(1.0, 1.0))
    finished, unfinished = hub.scores()["experiments"]
    assert value(finished["rank"]) == 0.0
    assert unfinished["rank"] is None


def test_scores_are_the_same_after_a_restart(hub, start):
    hub.run(0.7, 0.66, seeds=3)
    assert start().scores() == hub.scores()


def test_scores_say_which_problem_they_are_of(hub):
    planned = hub.plan()
    scores = hub.scores()
    assert (scores["problem"], scores["testbed"]) == (planned["problem"], planned["testbed"])


def test_submitting_computes_no_interval_and_asking_twice_computes_each_once(hub, monkeypatch):
    computed = []
    original = hub.evaluator.estimates.get

    def counting(key, compute):
        def noted():
            computed.append(key)
            return compute()

        return original(key, noted)

    monkeypatch.setattr(hub.evaluator.estimates, "get", counting)
    hub.run(0.7, 0.66)
    assert computed == []
    assert fleet_scores(hub.evaluator, FLEET) == fleet_scores(hub.evaluator, FLEET)
    assert [key[0] for key in computed] == [Slice.DEV, Slice.RANK]


@pytest.mark.parametrize("path", ["scores", "inputs", "agents/ada-uid/experiments"])
def test_a_fleet_without_a_plan_has_nothing(empty, path):
    answer = empty.ask("GET", f"/v1/fleets/{FLEET}/{path}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "UnknownFleet")
