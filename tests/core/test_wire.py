"""Messages take what they document and nothing that merely looks like it."""

import json

import pytest
from pydantic import ValidationError
from researchfleet_core.wire.base import Refusal
from researchfleet_core.wire.experiments import SubmitPredictions
from researchfleet_core.wire.sync import Amounts, ReproductionState

NOT_A_PREDICTION = ["0.5", True, None, [], -0.1, 1.1, float("nan"), float("inf")]


def submission(*predictions: object) -> SubmitPredictions:
    return SubmitPredictions.model_validate_json(json.dumps({"seed": 1, "predictions": predictions}))


def test_predictions_are_whole_or_probabilities():
    assert submission(0, 1, 0.25).predictions == [0.0, 1.0, 0.25]


@pytest.mark.parametrize("value", NOT_A_PREDICTION, ids=repr)
def test_what_is_no_prediction_is_refused_at_its_place(value):
    with pytest.raises(ValidationError) as refusal:
        submission(0, value, 1)
    assert refusal.value.errors()[0]["loc"] == ("predictions", 1)


def test_an_empty_submission_is_refused():
    with pytest.raises(ValidationError, match="at least 1 item"):
        submission()


def test_a_misspelt_field_of_a_message_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Refusal.model_validate({"error": "no", "reason": "No", "feild": "seed"})


def test_money_of_all_kinds_adds_up():
    assert Amounts(usd_nano={"tokens": 1, "compute": 2, "storage": 3}).total_nano == 6


@pytest.mark.parametrize(("state", "over"), [("pending", False), ("running", False), ("done", True), ("failed", True)])
def test_a_reproduction_is_over_when_it_is_done_or_has_failed(state, over):
    assert ReproductionState(state).over == over
