"""Registering: the evaluator chooses the seeds."""

import pytest
from researchfleet_evaluator.seeds import draws

from tests.evaluator.conftest import ADA, BOB, digest, on_sqlite_only, registration
from tests.evaluator.synthetic import TEACHERS


def seeds(registered):
    return [task["seed"] for task in registered["seeds"]]


def test_an_experiment_gets_its_seeds_its_teachers_and_the_number_of_rows(hub):
    registered = hub.register(seeds=7)
    assert registered["rows"] == 200
    assert len(set(seeds(registered))) == 7
    assert [task["teacher"] for task in registered["seeds"]] == [0, 1, 2, 3, 4, 0, 1]


def test_different_snapshots_get_the_same_seeds_so_that_they_are_compared_paired(hub):
    assert seeds(hub.register(ADA, "a", 3)) == seeds(hub.register(BOB, "b", 3))


def test_the_same_snapshot_again_gets_fresh_seeds_whoever_asks(hub):
    first, again = hub.register(ADA, "a", 3), hub.register(BOB, "a", 4)
    longer = hub.register(ADA, "b", 7)
    assert seeds(first) + seeds(again) == seeds(longer)
    assert [task["teacher"] for task in again["seeds"]] == [3, 4, 0, 1]


def test_two_fleets_share_no_seed(hub):
    hub.plan("fleet-2")
    mine, theirs = hub.register(seeds=16), hub.register(seeds=16, fleet="fleet-2")
    assert not set(seeds(mine)) & set(seeds(theirs))


def test_seeds_survive_a_restart(hub, start):
    first = hub.register(ADA, "a", 3)
    again = start()
    assert seeds(again.register(BOB, "b", 3)) == seeds(first)


def test_the_same_key_and_body_get_the_first_answer(hub):
    body = registration(seeds=3)
    first = hub.ask("POST", "/v1/experiments", json=body)
    hub.register(BOB, "a", 2)
    assert hub.ask("POST", "/v1/experiments", json=body).json() == first.json()
    assert len(hub.scores()["experiments"]) == 2


@on_sqlite_only
@pytest.mark.parametrize("change", [{"seeds": 4}, {"title": "Another"}, {"snapshot": digest("c")}], ids=str)
def test_the_same_key_with_another_body_is_refused(hub, change):
    hub.ask("POST", "/v1/experiments", json=registration())
    answer = hub.ask("POST", "/v1/experiments", json=registration(**change))
    assert answer.status_code == 409
    assert answer.json()["reason"] == "KeyReused"
    assert len(hub.scores()["experiments"]) == 1


def test_two_agents_may_use_the_same_key(hub):
    first = hub.ask("POST", "/v1/experiments", json=registration(ADA)).json()
    second = hub.ask("POST", "/v1/experiments", json=registration(BOB)).json()
    assert first["experiment"] != second["experiment"]


def test_fewer_seeds_than_the_fleet_wants_are_refused(hub):
    hub.plan(seeds=3)
    answer = hub.ask("POST", "/v1/experiments", json=registration(seeds=2))
    assert answer.status_code == 422
    assert answer.json()["error"] == "experiment.seeds: 2 is not allowed (3 to 16 in this fleet)"


@on_sqlite_only
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": 17}, "experiment.seeds: 17 is not allowed"),
        ({"seeds": 0}, "experiment.seeds: 0 is not allowed"),
        ({"seeds": True}, "experiment.seeds: True is not allowed"),
        ({"seeds": 1.5}, "experiment.seeds: 1.5 is not allowed"),
        ({"family": "magic"}, "experiment.family: 'magic' is not allowed"),
        ({"snapshot": "sha256:abc"}, "experiment.snapshot: 'sha256:abc' is not allowed"),
        ({"title": " "}, "experiment.title"),
        ({"hypothesis": ""}, "experiment.hypothesis"),
        ({"hypothesis": "a\0b"}, "experiment.hypothesis: 'a\\x00b' is not allowed"),
        ({"chosen_seeds": [1]}, "experiment.chosen_seeds"),
    ],
    ids=str,
)
def test_a_registration_that_says_nonsense_is_refused_by_field(hub, change, says):
    answer = hub.ask("POST", "/v1/experiments", json=registration(**change))
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert hub.scores()["experiments"] == []


def test_a_fleet_without_a_plan_is_unknown(empty):
    answer = empty.ask("POST", "/v1/experiments", json=registration())
    assert (answer.status_code, answer.json()["reason"]) == (404, "UnknownFleet")


def test_a_sequence_of_seeds_repeats_none_and_depends_on_its_secret_and_name():
    sequence = draws(b"secret", "experiments", TEACHERS, 0, 500)
    assert len({draw.seed for draw in sequence}) == 500
    assert all(0 <= draw.seed < 2**31 for draw in sequence)
    assert draws(b"secret", "experiments", TEACHERS, 200, 50) == sequence[200:250]
    assert draws(b"another", "experiments", TEACHERS, 0, 500) != sequence
    assert draws(b"secret", "sealed:toy", TEACHERS, 0, 500) != sequence
