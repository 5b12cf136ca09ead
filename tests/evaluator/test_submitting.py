"""Submitting predictions: strict, idempotent, answered once."""

import json

import pytest

from tests.evaluator.conftest import BOB, on_sqlite_only, owner


@pytest.fixture
def registered(hub):
    return hub.register(seeds=2)


def test_feedback_comes_with_the_last_seed_and_only_then(hub, registered):
    first, second = registered["seeds"]
    predictions = hub.truth.predictions(0.75, 0.7)
    answer = hub.submit(registered["experiment"], first["seed"], predictions)
    assert (answer["remaining"], answer["feedback"]) == (1, None)
    answer = hub.submit(registered["experiment"], second["seed"], predictions)
    assert answer["remaining"] == 0
    assert answer["feedback"] == {"mode": "ladder", "improved": True, "accuracy": 0.76, "pgr": 0.8}


def test_seeds_may_come_in_any_order(hub, registered):
    for task in reversed(registered["seeds"]):
        answer = hub.submit(registered["experiment"], task["seed"], hub.truth.predictions(0.75, 0.7))
    assert answer["feedback"]["improved"] is True


def test_the_same_predictions_again_get_the_first_answer(hub, registered):
    predictions = hub.truth.predictions(0.75, 0.7)
    first = [hub.submit(registered["experiment"], task["seed"], predictions) for task in registered["seeds"]]
    hub.run(0.95, 0.9, snapshot="b")
    assert [hub.submit(registered["experiment"], task["seed"], predictions) for task in registered["seeds"]] == first
    assert [one["delivered"] for one in hub.scores()["experiments"]] == [2, 2]


def test_other_predictions_for_the_same_seed_are_refused_and_change_nothing(hub, registered):
    seed = registered["seeds"][0]["seed"]
    predictions = hub.truth.predictions(0.75, 0.7)
    hub.submit(registered["experiment"], seed, predictions)
    flipped = [1 - predictions[0], *predictions[1:]]
    answer = hub.ask_submit(registered["experiment"], seed, flipped)
    assert (answer.status_code, answer.json()["reason"]) == (409, "AlreadySubmitted")
    assert hub.submit(registered["experiment"], seed, predictions)["remaining"] == 1


def test_a_lucky_seed_cannot_stand_alone(hub, registered):
    hub.submit(registered["experiment"], registered["seeds"][0]["seed"], hub.truth.predictions(1.0, 1.0))
    (score,) = hub.scores()["experiments"]
    assert (score["delivered"], score["dev"], score["rank"], score["feedback"]) == (1, None, None, None)


def test_half_counts_as_one_and_just_below_as_zero(hub):
    hub.plan(feedback="exact")
    labels = hub.truth.test
    for snapshot, one in (("a", 0.5), ("b", 0.49999999999)):
        registered = hub.register(snapshot=snapshot, seeds=1)
        answer = hub.submit(registered["experiment"], registered["seeds"][0]["seed"], [one if y else 0.0 for y in labels])
        assert answer["feedback"]["accuracy"] == (1.0 if snapshot == "a" else 0.5)


@on_sqlite_only
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("NaN", "predictions[3]: nan is not allowed"),
        ("Infinity", "predictions[3]: inf is not allowed"),
        ("-Infinity", "predictions[3]: -inf is not allowed"),
        ("1e999", "predictions[3]: inf is not allowed"),
        ('"0.5"', "predictions[3]: '0.5' is not allowed"),
        ("true", "predictions[3]: True is not allowed"),
        ("null", "predictions[3]: None is not allowed"),
        ("[1]", "predictions[3]: a list of 1 is not allowed"),
        ("1.0000001", "predictions[3]: 1.0000001 is not allowed"),
        ("-0.1", "predictions[3]: -0.1 is not allowed"),
        ("2", "predictions[3]: 2 is not allowed"),
    ],
)
def test_a_prediction_that_is_no_probability_is_refused_by_place_and_value(hub, registered, value, says):
    body = {
        "owner": owner(),
        "experiment": registered["experiment"],
        "seed": registered["seeds"][0]["seed"],
        "predictions": [],
    }
    predictions = ", ".join(["0", "0", "0", value] + ["0"] * 196)
    text = json.dumps(body).replace("[]", f"[{predictions}]")
    answer = hub.ask("POST", f"/v1/experiments/{registered['experiment']}/predictions", content=text)
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert answer.json()["field"] == "predictions[3]"
    assert hub.scores()["experiments"][0]["delivered"] == 0


@on_sqlite_only
@pytest.mark.parametrize("length", [1, 199, 201, 5000])
def test_a_wrong_length_is_refused_with_the_right_one(hub, registered, length):
    answer = hub.ask_submit(registered["experiment"], registered["seeds"][0]["seed"], [0.5] * length)
    assert answer.status_code == 422
    assert (
        answer.json()["error"]
        == f"predictions: a list of {length} is not allowed (200, one a row of test.jsonl in its order)"
    )


def test_many_wrong_values_are_answered_shortly_and_never_repeated(hub, registered):
    answer = hub.ask_submit(registered["experiment"], registered["seeds"][0]["seed"], ["x" * 10_000] * 1000)
    assert answer.status_code == 422
    assert len(answer.content) < 500


@on_sqlite_only
@pytest.mark.parametrize("seed", [0, -1, 2**70])
def test_a_seed_that_was_not_given_out_is_refused(hub, registered, seed):
    answer = hub.ask_submit(registered["experiment"], seed, hub.truth.predictions(0.7, 0.7))
    assert answer.status_code == 422
    assert str(registered["seeds"][0]["seed"]) in answer.json()["error"]


def test_another_agents_experiment_is_unknown_word_for_word_like_one_that_never_was(hub, registered):
    predictions = hub.truth.predictions(0.7, 0.7)
    seed = registered["seeds"][0]["seed"]
    theirs = hub.ask_submit(registered["experiment"], seed, predictions, BOB)
    nobodys = hub.ask_submit("e-0000000000000000", seed, predictions, BOB)
    hub.plan("fleet-2")
    elsewhere = hub.ask_submit(registered["experiment"], seed, predictions, fleet="fleet-2")
    assert theirs.status_code == nobodys.status_code == elsewhere.status_code == 404
    said = {answer.text.replace(registered["experiment"], "X") for answer in (theirs, elsewhere)}
    assert said == {nobodys.text.replace("e-0000000000000000", "X")}


def test_the_experiment_of_the_path_and_of_the_body_must_be_one(hub, registered):
    body = {"owner": owner(), "experiment": "e-1", "seed": 1, "predictions": [0.5]}
    answer = hub.ask("POST", f"/v1/experiments/{registered['experiment']}/predictions", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "experiment")
