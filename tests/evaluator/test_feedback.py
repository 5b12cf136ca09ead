"""What an agent learns, mode by mode."""

import pytest
from researchfleet_core.wire.evaluation import FeedbackMode
from researchfleet_core.wire.experiments import Feedback
from researchfleet_evaluator.feedback import Scale, answer

from tests.evaluator.conftest import ADA, BOB, FLEET

SCALE = Scale(weak=0.6, ceiling=0.8)
LADDER, EXACT, NONE = FeedbackMode.LADDER, FeedbackMode.EXACT, FeedbackMode.NONE


@pytest.mark.parametrize(
    ("mode", "accuracy", "best", "told", "new_best"),
    [
        (LADDER, 0.50, 0.60, (False, 0.60, 0.0), 0.60),
        (LADDER, 0.62, 0.60, (False, 0.60, 0.0), 0.60),
        (LADDER, 0.6201, 0.60, (True, 0.62, 0.1), 0.62),
        (LADDER, 0.645, 0.62, (True, 0.64, 0.2), 0.64),
        (LADDER, 0.655, 0.62, (True, 0.66, 0.3), 0.66),
        (LADDER, 0.64, 0.62, (False, 0.62, 0.1), 0.62),
        (LADDER, 1.0, 0.62, (True, 1.0, 2.0), 1.0),
        (EXACT, 0.645, 0.60, (True, 0.645, 0.225), 0.645),
        (EXACT, 0.55, 0.645, (False, 0.55, -0.25), 0.645),
        (NONE, 0.9, 0.60, (None, None, None), 0.60),
    ],
)
def test_one_function_decides_what_is_told_and_remembered(mode, accuracy, best, told, new_best):
    improved, shown, pgr = told
    assert answer(mode, accuracy, best, SCALE) == (Feedback(mode=mode, improved=improved, accuracy=shown, pgr=pgr), new_best)


def test_a_flipped_label_is_never_visible_in_feedback():
    base, rows = 0.70, 1000
    answers = {answer(LADDER, base + flip / rows, 0.70, SCALE)[0] for flip in range(-20, 21)}
    assert len(answers) == 1


def test_the_ladder_climbs_within_a_fleet_and_each_agent_has_its_own(hub):
    assert hub.run(0.55, 0.9)["feedback"] == {"mode": "ladder", "improved": False, "accuracy": 0.6, "pgr": 0.0}
    assert hub.run(0.70, 0.1, snapshot="b")["feedback"]["accuracy"] == 0.7
    assert hub.run(0.71, 0.9, snapshot="c")["feedback"] == {"mode": "ladder", "improved": False, "accuracy": 0.7, "pgr": 0.5}
    assert hub.run(0.66, 0.9, BOB, snapshot="d")["feedback"] == {
        "mode": "ladder",
        "improved": True,
        "accuracy": 0.66,
        "pgr": 0.3,
    }


def test_the_ladder_survives_a_restart(hub, start):
    hub.run(0.75, 0.5)
    assert start().run(0.76, 0.5, snapshot="b")["feedback"]["improved"] is False


def test_exact_feedback_tells_each_experiment(hub):
    hub.plan(feedback="exact")
    assert hub.run(0.71, 0.5)["feedback"] == {"mode": "exact", "improved": True, "accuracy": 0.71, "pgr": 0.55}
    assert hub.run(0.70, 0.5, snapshot="b")["feedback"] == {"mode": "exact", "improved": False, "accuracy": 0.7, "pgr": 0.5}


def test_no_feedback_tells_nothing(hub):
    hub.plan(feedback="none")
    assert hub.run(0.9, 0.9)["feedback"] == {"mode": "none", "improved": None, "accuracy": None, "pgr": None}


def test_rank_rows_never_move_what_an_agent_is_told(hub):
    told = []
    for number, rank in enumerate((0.0, 0.5, 1.0)):
        fleet = f"fleet-{number + 10}"
        hub.plan(fleet, feedback="exact")
        registered = hub.register(fleet=fleet, seeds=1)
        answered = hub.ask_submit(
            registered["experiment"], registered["seeds"][0]["seed"], hub.truth.predictions(0.7, rank), fleet=fleet
        )
        told.append(answered.json()["feedback"])
    assert told[0] == told[1] == told[2]


def test_an_agent_sees_its_own_experiments_newest_first_and_no_rank(hub):
    hub.run(0.7, 0.9, ADA, "a")
    hub.register(ADA, "b", 3, title="Second")
    hub.run(0.9, 0.9, BOB, "c")
    answered = hub.ask("GET", f"/v1/fleets/{FLEET}/agents/ada-uid/experiments")
    newest, oldest = answered.json()["experiments"]
    assert (newest["title"], newest["delivered"], len(newest["seeds"]), newest["feedback"]) == ("Second", 0, 3, None)
    assert (oldest["delivered"], oldest["feedback"]["accuracy"]) == (2, 0.7)
    assert "rank" not in answered.text
    assert hub.ask("GET", f"/v1/fleets/{FLEET}/agents/nobody/experiments").json() == {"experiments": []}
