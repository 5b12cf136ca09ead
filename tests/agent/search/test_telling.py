"""Findings say what was done and what the evaluator said, no more."""

import pytest
from researchfleet_agent.methods import Pipeline, StepOf
from researchfleet_agent.search import telling
from researchfleet_agent.search.peers import Peer
from researchfleet_agent.search.proposing import Move, Proposal
from researchfleet_agent.search.variation import opener

from tests.agent.search.world import history_of, tried

CROSSFIT = opener("crossfit")
OTHER_FOLDS = Pipeline((StepOf.of("crossfit", {"folds": 3}),))


def test_a_new_best_is_a_result_with_its_numbers_as_claims():
    finding = telling.finished(tried(CROSSFIT, improved=True, accuracy=0.7))
    assert finding.type == "result"
    assert finding.claims == {"feedback": "ladder", "improved": True, "accuracy": 0.7, "pgr": pytest.approx(0.5)}
    assert finding.family == CROSSFIT.family
    assert (finding.experiment, finding.snapshot) == ("e-0", f"sha256:{0:064x}")
    assert "accuracy 0.700, PGR 0.50" in finding.content


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [("ladder", "no improvement by more than a step; my best stays accuracy 0.700"), ("exact", "below my best")],
)
def test_what_is_no_new_best_is_an_observation(mode, sentence):
    finding = telling.finished(tried(CROSSFIT, mode=mode, improved=False, accuracy=0.7))
    assert finding.type == "observation"
    assert sentence in finding.content


def test_without_feedback_it_says_that_it_cannot_tell():
    finding = telling.finished(tried(CROSSFIT, mode="none", improved=None, accuracy=None))
    assert finding.type == "observation"
    assert "no feedback: I cannot tell whether it helped" in finding.content
    assert finding.claims == {"feedback": "none"}


def test_a_failure_is_an_error_with_the_end_of_what_went_wrong():
    finding = telling.failed(tried(CROSSFIT, error="x" * 10_000 + "MemoryError"))
    assert finding.type == "error"
    assert finding.title == "Failed: crossfit"
    assert finding.content.endswith("MemoryError")
    assert finding.claims == {}


@pytest.mark.parametrize("move", list(Move))
def test_every_move_has_a_hypothesis_that_names_what_it_builds_on(move):
    parent = history_of(tried(CROSSFIT, 4)).tried[0]
    peer = Peer(finding=31, author="agent-1", pgr=0.5, pipeline=opener("evolution"))
    text = telling.hypothesis(Proposal(OTHER_FOLDS, move, parent=parent, peer=peer))
    assert "crossfit (folds 3)" in text
    assert "{" not in text
    assert ("finding 31" in text) is (move in {Move.COMBINE, Move.VARY, Move.REPEAT})
    assert ("my experiment 4" in text) is (move in {Move.TUNE, Move.MUTATE, Move.COMBINE})


def insight(before, after):
    history = history_of(tried(CROSSFIT, 0, **before), tried(OTHER_FOLDS, 1, move=Move.MUTATE, parent=0, **after))
    return telling.insight(history, 1)


def test_one_hyperparameter_that_took_the_ladder_up_is_an_insight():
    told = insight({"improved": True}, {"improved": True})
    assert told is not None
    assert (told.type, told.title) == ("insight", "crossfit: folds from 5 to 3 helped")


def test_a_ladder_that_stays_is_no_insight():
    assert insight({"improved": True}, {"improved": False}) is None


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.73, "helped"), (0.67, "harmed"), (0.703, None)])
def test_exact_feedback_tells_help_from_harm_but_not_noise(accuracy, verdict):
    told = insight({"mode": "exact", "accuracy": 0.7}, {"mode": "exact", "accuracy": accuracy})
    assert (told.title.split()[-1] if told else None) == verdict


def test_two_changes_at_once_are_no_insight():
    both = Pipeline((StepOf.of("crossfit", {"folds": 3, "share": 0.9}),))
    history = history_of(tried(CROSSFIT, 0), tried(both, 1, move=Move.MUTATE, parent=0, improved=True))
    assert telling.insight(history, 1) is None


@pytest.mark.parametrize(
    ("move", "mode", "improved", "accuracy", "claimed", "vote"),
    [
        (Move.COMBINE, "ladder", True, 0.7, 0.9, "up"),
        (Move.COMBINE, "ladder", False, 0.7, 0.9, None),
        (Move.REPEAT, "ladder", False, 0.62, 0.9, "down"),
        (Move.REPEAT, "ladder", False, 0.7, 0.6, None),
        (Move.REPEAT, "exact", False, 0.7, 0.52, "up"),
        (Move.REPEAT, "exact", False, 0.62, 0.52, "down"),
        (Move.VARY, "exact", False, 0.62, 0.52, None),
        (Move.REPEAT, "none", None, None, 0.5, None),
    ],
)
def test_a_vote_follows_what_was_seen(move, mode, improved, accuracy, claimed, vote):
    record = tried(CROSSFIT, move=move, mode=mode, improved=improved, accuracy=accuracy, finding=3, claimed=claimed)
    cast = telling.vote(record)
    assert (cast.vote if cast else None) == vote


def test_own_ideas_get_no_vote():
    assert telling.vote(tried(CROSSFIT, improved=True)) is None
