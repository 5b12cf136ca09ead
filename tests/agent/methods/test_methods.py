"""What every method has to show on a problem that can be learnt, and on one that can't."""

import numpy as np
import pytest
from researchfleet_agent.methods import METHODS, ParameterError, Pipeline, StepOf
from researchfleet_agent.student import Fit
from researchfleet_core.families import Family

every_method = pytest.mark.parametrize("name", METHODS)


def test_the_fifteen_methods_cover_every_family():
    assert len(METHODS) == 15
    assert {method.family for method in METHODS.values()} == set(Family)


@every_method
def test_it_recovers_most_of_the_gap(problem, name):
    accuracy = problem.accuracy(METHODS[name].run(problem.study(seed=1)))
    # The weak teacher is right on .70 of the pool, a student taught the truth on .95 of the test.
    assert accuracy > 0.85


@every_method
def test_it_finds_nothing_in_shuffled_weak_labels(problem, shuffled, name):
    # Turning every label round turns the answer round, so that luck with one shuffle cancels out.
    found = [
        problem.accuracy(METHODS[name].run(problem.study(weak, seed=1)))
        for seed in (1, 2)
        for weak in (shuffled(seed), 1 - shuffled(seed))
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


@every_method
def test_the_same_seed_gives_the_same_predictions(problem, name):
    first, second = (METHODS[name].run(problem.study(seed=5)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (len(problem.task.test),)
    assert ((first >= 0) & (first <= 1)).all()


@every_method
def test_every_point_of_its_space_runs(problem, name):
    rng = np.random.default_rng(3)
    parameters = METHODS[name].space.defaults()
    for draw in (METHODS[name].space.sample(rng), METHODS[name].space.mutate(rng, parameters)):
        assert METHODS[name].space.complete(draw) == draw
        predicted = METHODS[name].run(problem.study(seed=1), draw | {"fit": "head"})
        assert np.isfinite(predicted).all()


@every_method
def test_it_can_be_told_to_fine_tune(problem, name):
    study = problem.study(seed=1)
    plan = METHODS[name].apply(study, study.plan(), {"fit": "top", "epochs": 3, "learning_rate": 5e-4})
    assert (plan.recipe.fit, plan.recipe.epochs, plan.recipe.learning_rate) == (Fit.TOP, 3, 5e-4)


@every_method
def test_it_works_on_what_another_method_left(problem, name):
    pipeline = Pipeline((StepOf.of("confident-only"), StepOf.of(name)), principal=1)
    assert pipeline.family is METHODS[name].family
    assert problem.accuracy(pipeline.run(problem.study(seed=2))) > 0.8


@every_method
def test_groups_are_not_torn_apart(grouped_problem, name):
    assert grouped_problem.accuracy(METHODS[name].run(grouped_problem.study(seed=1))) > 0.8


@every_method
def test_it_names_its_source(name):
    assert len(METHODS[name].source) > 20
    assert METHODS[name].name == name


def test_a_hyperparameter_out_of_range_is_refused_with_what_is_allowed(problem):
    for wrong, message in (
        ({"keep": 1.5}, r"keep: 1.5 is not allowed \(0.2 to 0.9\)"),
        ({"fit": "middle"}, r"fit: 'middle' is not allowed \(one of \['head', 'top'\]\)"),
        ({"epochs": 2.5}, r"epochs: 2.5 is not allowed \(a whole number from 1 to 4\)"),
        ({"epochs": True}, "epochs: True is not allowed"),
        ({"fit": 1}, "fit: 1 is not allowed"),
        ({"depth": 1}, r"depth: no such hyperparameter \(there are keep, fit, "),
    ):
        with pytest.raises(ParameterError, match=message):
            METHODS["confident-only"].run(problem.study(), wrong)
