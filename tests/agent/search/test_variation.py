"""Pipelines made from pipelines."""

import numpy as np
import pytest
from researchfleet_agent.methods import METHODS, Pipeline, StepOf, snapshot_files
from researchfleet_agent.search.variation import (
    MAX_STEPS,
    combined,
    fit_of,
    fitted,
    identity,
    mutated,
    opener,
    sampled,
    title,
    tuned_epochs,
)
from researchfleet_agent.student import Fit


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_what_cannot_matter_makes_no_other_pipeline():
    plain = opener("hard-labels")
    other = Pipeline((StepOf.of("hard-labels", {"epochs": 4, "learning_rate": 0.001}),))
    assert identity(plain) == identity(other)
    assert identity(fitted(plain, Fit.TOP)) != identity(fitted(other, Fit.TOP))
    assert identity(plain) != identity(opener("soft-labels"))


def test_only_the_last_steps_fit_counts():
    first, last = StepOf.of("soft-labels", {"fit": "top"}), StepOf.of("self-training")
    assert fit_of(Pipeline((first, last))) is Fit.HEAD
    assert identity(Pipeline((first, last))) == identity(Pipeline.of("soft-labels", "self-training"))


@pytest.mark.parametrize("name", list(METHODS))
def test_a_mutation_stays_in_range_keeps_the_fit_and_can_be_published(name):
    pipeline = fitted(Pipeline.of("soft-labels", name), Fit.TOP)
    for seed in range(20):
        pipeline = mutated(pipeline, rng(seed))
        assert fit_of(pipeline) is Fit.TOP
        assert identity(Pipeline.from_json(pipeline.to_json())) == identity(pipeline)
        assert snapshot_files(pipeline, title(pipeline))


def test_fine_tuning_costs_epochs_times_members():
    bagged = StepOf.of("bagged-ensemble", {"members": 5})
    last = StepOf.of("crossfit", {"epochs": 3, "fit": "top"})
    assert tuned_epochs(Pipeline((bagged, last))) == 15
    assert tuned_epochs(Pipeline((last,))) == 3
    assert tuned_epochs(Pipeline((bagged,))) == 0


def test_samples_are_of_the_given_methods_only():
    names = ("self-training", "elicitation", "crossfit")
    for seed in range(30):
        made = sampled(names, Fit.HEAD, rng(seed))
        assert {step.method.name for step in made.steps} <= set(names)
        assert 1 <= len(made.steps) <= 2
    assert len(sampled(("crossfit",), Fit.HEAD, rng()).steps) == 1


def test_a_combination_has_the_others_principal_step_and_the_own_fit_and_family():
    own = fitted(Pipeline.of("soft-labels", "curriculum", principal=1), Fit.TOP)
    other = Pipeline.of("hard-labels", "elicitation", principal=1)
    places = set()
    for seed in range(30):
        made = combined(own, other, rng(seed))
        names = [step.method.name for step in made.steps]
        places.add(names.index("elicitation"))
        assert sorted(names) == ["curriculum", "elicitation", "soft-labels"]
        assert fit_of(made) is Fit.TOP
        assert made.family == own.family
    assert places == {0, 1, 2}


def test_a_combination_does_not_grow_without_end():
    made = Pipeline.of("soft-labels")
    for seed in range(30):
        made = combined(made, opener("elicitation"), rng(seed))
        assert len(made.steps) <= MAX_STEPS


def test_titles_tell_what_was_moved_and_fit_a_message():
    assert title(opener("crossfit")) == "crossfit"
    assert title(Pipeline((StepOf.of("crossfit", {"folds": 3, "fit": "top"}),))) == "crossfit (folds 3, fit top)"
    for seed in range(50):
        made = sampled(tuple(METHODS), Fit.TOP, rng(seed))
        longest = combined(combined(made, sampled(tuple(METHODS), Fit.TOP, rng(seed + 100)), rng()), made, rng())
        assert 1 <= len(title(longest)) <= 200
