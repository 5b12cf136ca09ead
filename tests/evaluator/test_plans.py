"""A fleet's plan: what is scored, pinned at the first experiment."""

import shutil

import pytest
from researchfleet_evaluator.testbeds import Shelf

from tests.evaluator.conftest import FLEET, on_sqlite_only


def test_a_plan_is_answered_with_the_version_that_was_found(empty, testbeds):
    version = Shelf([testbeds.folder]).find("toy").version
    assert empty.plan()["testbed"] == version
    assert version.startswith("toy@sha256:")


def test_the_same_plan_again_gets_the_same_answer_and_keeps_the_seeds(hub):
    first = hub.plan()
    seeds = hub.register(snapshot="a")["seeds"]
    assert hub.plan() == first
    assert hub.plan(testbed=first["testbed"]) == first
    other = hub.register(snapshot="b")["seeds"]
    assert other == seeds


def test_a_plan_may_change_until_the_first_experiment(hub):
    before = hub.plan()
    assert hub.plan(feedback="exact")["problem"] != before["problem"]


@pytest.mark.parametrize(
    "changes",
    [
        {"feedback": "exact"},
        {"transfer": []},
        {"students": ["strong"]},
        {"seeds": 2},
        {"finalists": 1},
        {"reproduction_seeds": 4},
        {"run_seconds": 60},
    ],
    ids=str,
)
def test_after_the_first_experiment_a_changed_plan_is_refused_and_changes_nothing(hub, changes):
    before = hub.plan()
    hub.register()
    answer = hub.ask_plan(**changes)
    assert answer.status_code == 409
    assert answer.json()["reason"] == "ProblemChanged"
    assert answer.json()["field"] == next(iter(changes))
    assert hub.plan() == before
    assert hub.scores()["problem"] == before["problem"]


@on_sqlite_only
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"testbed": "nowhere"}, "testbed nowhere: there is none here (flat, moved, toy)"),
        ({"testbed": f"toy@sha256:{'0' * 64}"}, "the version here is toy@sha256:"),
        ({"testbed": "moved", "transfer": []}, "this one is for transfer"),
        ({"testbed": "flat"}, "0.0200"),
        ({"students": ["unheard-of"]}, "no baseline for student unheard-of on dev (strong, other on dev, rank, sealed)"),
        ({"students": ["strong", "strong"]}, "each once"),
        ({"transfer": ["moved", "moved"]}, "each once"),
        ({"transfer": ["toy"]}, "without the testbed that is researched"),
        ({"seeds": 0}, "seeds: 0 is not allowed"),
        ({"seeds": "3"}, "seeds: '3' is not allowed"),
        ({"finalists": -1}, "finalists: -1 is not allowed"),
        ({"reproduction_seeds": 2}, "reproduction_seeds: 2 is not allowed"),
        ({"feedback": "all"}, "feedback: 'all' is not allowed"),
        ({"fleet_uid": "other"}, "fleet_uid: other is not allowed (fleet-1, as in the path)"),
        ({"speed": 1}, "speed: 1 is not allowed"),
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_scored_is_refused_by_name(empty, changes, says):
    answer = empty.ask_plan(**changes)
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert empty.ask("GET", f"/v1/fleets/{FLEET}/scores").status_code == 404


def test_a_testbed_whose_file_was_changed_is_refused_by_that_file(start, testbeds, tmp_path):
    shutil.copytree(testbeds.folder / "toy", tmp_path / "toy")
    (tmp_path / "toy" / "LICENSE").write_text("mine\n")
    answer = start(Shelf([tmp_path])).ask_plan(transfer=[])
    assert answer.status_code == 422
    assert answer.json()["reason"] == "BadTestbed"
    assert "LICENSE: sha256" in answer.json()["error"]


def test_a_fleet_whose_testbed_is_gone_is_told_to_wait_not_blamed(hub, start, tmp_path):
    assert hub.ask("GET", f"/v1/fleets/{FLEET}/inputs").status_code == 200
    answer = start(Shelf([tmp_path])).ask("GET", f"/v1/fleets/{FLEET}/inputs")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "TestbedMissing"
