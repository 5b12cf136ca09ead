"""A direction is a prompt; a table of words says which methods it means."""

import pytest
from researchfleet_agent.methods import METHODS
from researchfleet_agent.search.directions import BOTH_FITS, RULES, fits_of, methods_of
from researchfleet_agent.student import Fit


@pytest.mark.parametrize(
    ("prompt", "methods"),
    [
        ("Try self-training on the student's own labels.", ["self-training", "crossfit"]),
        ("SELF TRAINING", ["self-training", "crossfit"]),
        (
            "try combining weak-to-strong supervision and unsupervised elicitation",
            ["elicitation"],
        ),
        ("Ensembles, then a curriculum", ["bagged-ensemble", "curriculum"]),
        ("A curriculum, then ensembles", ["curriculum", "bagged-ensemble"]),
        ("reweighting by evolution", ["noise-channel", "evolution"]),
    ],
)
def test_words_of_the_prompt_name_methods_in_their_order(prompt, methods):
    assert list(methods_of(prompt)) == methods


@pytest.mark.parametrize("prompt", ["", "Find a better way to learn from a weak teacher.", "Raise PGR as far as you can!"])
def test_a_prompt_without_a_known_word_means_all_methods(prompt):
    assert methods_of(prompt) == tuple(METHODS)


@pytest.mark.parametrize(
    ("prompt", "fits"),
    [
        ("Self-training with a frozen student", {Fit.HEAD}),
        ("Fine-tune the student on filtered labels", {Fit.TOP}),
        ("Compare frozen and fine-tuned students", BOTH_FITS),
        ("Self-training", BOTH_FITS),
    ],
)
def test_a_prompt_may_ask_for_one_way_to_fit_the_student(prompt, fits):
    assert fits_of(prompt) == fits


def test_a_word_counts_from_its_beginning_only():
    assert methods_of("unlosses, reinternal") == tuple(METHODS)


def test_every_rule_names_methods_there_are_and_every_method_has_a_rule():
    named = {name for _, methods in RULES for name in methods}
    assert named == set(METHODS)


def test_every_beginning_is_found_by_its_own_rule():
    for beginnings, methods in RULES:
        for beginning in beginnings:
            assert set(methods) <= set(methods_of(f"something about {beginning.upper()}"))
