"""The one thing each method changes in the plan."""

import numpy as np
import pytest
from researchfleet_agent.methods import METHODS
from researchfleet_agent.student import LogConfidence


@pytest.fixture
def after(problem):
    def run(name, **parameters):
        study = problem.study(seed=1)
        return METHODS[name].apply(study, study.plan(), parameters)

    return run


def right(problem, plan):
    """Share of pool rows, among those that count, whose label is the true one."""
    truth = np.array([int(row.text) for row in problem.task.pool])
    labels = pool_truth(truth)
    counted = plan.weights > 0
    return ((plan.targets > 0.5) == labels)[counted].mean()


def pool_truth(positions):
    label = np.arange(800) % 2
    np.random.default_rng(11).shuffle(label)
    return label[positions] == 1


def test_hard_labels_are_the_teachers_decisions(problem, after):
    assert np.array_equal(after("hard-labels").targets, problem.weak > 0.5)


def test_soft_labels_are_the_teachers_probabilities(problem, after):
    assert np.allclose(after("soft-labels").targets, problem.weak)
    surer = after("soft-labels", temperature=0.5).targets
    assert (np.abs(surer - 0.5) > np.abs(problem.weak - 0.5)).all()


def test_confident_only_keeps_the_surer_share_of_each_label(problem, after):
    plan = after("confident-only", keep=0.5)
    kept = plan.weights > 0
    for label in (0, 1):
        mine = (problem.weak > 0.5) == label
        assert kept[mine].mean() == pytest.approx(0.5, abs=0.01)
        confidence = np.abs(problem.weak - 0.5)
        assert confidence[mine & kept].min() >= confidence[mine & ~kept].max()


def test_log_confidence_changes_the_loss_and_nothing_else(problem, after):
    plan = after("log-confidence", alpha=0.3, warmup=0.4)
    assert plan.recipe.loss == LogConfidence(prior=0.5, alpha=0.3, warmup=0.4)
    assert np.allclose(plan.targets, problem.weak)


def test_label_smoothing_keeps_the_decision(problem, after):
    assert set(np.unique(after("label-smoothing", smoothing=0.2).targets).round(6)) == {0.1, 0.9}


def test_the_ensemble_averages_students_that_differ(problem, after):
    assert after("bagged-ensemble", members=5).members == 5
    study = problem.study(seed=1)
    assert not np.array_equal(study.resample(0), study.resample(1))
    assert study.resample(0).sum() == len(problem.task.pool)


@pytest.mark.parametrize(
    "name", ["crossfit", "self-training", "co-training", "noise-channel", "elicitation", "distillation"]
)
def test_relabelling_mends_more_labels_than_it_spoils(problem, after, name):
    weak = ((problem.weak > 0.5) == pool_truth(np.arange(400))).mean()
    assert right(problem, after(name)) > weak + 0.05


@pytest.mark.parametrize("name", ["confident-only", "curriculum", "critic-filter"])
def test_filtering_leaves_better_labels(problem, after, name):
    weak = ((problem.weak > 0.5) == pool_truth(np.arange(400))).mean()
    plan = after(name)
    assert 0 < (plan.weights > 0).sum() < len(problem.weak)
    assert right(problem, plan) > weak + 0.04


def test_evolution_gives_right_labels_more_weight(problem, after):
    weights = after("evolution").weights
    correct = (problem.weak > 0.5) == pool_truth(np.arange(400))
    assert weights[correct].mean() > weights[~correct].mean()


def test_self_training_matches_the_prior(problem, after):
    assert after("self-training").targets.mean() == pytest.approx(0.5, abs=0.01)


def test_held_out_predictions_never_come_from_a_student_that_saw_the_group(grouped_problem):
    study = grouped_problem.study(seed=3)
    folds = study.folds(5)
    by_group = {}
    for row, fold in zip(study.pool, folds, strict=True):
        by_group.setdefault(row.group, set()).add(int(fold))
    assert all(len(folds) == 1 for folds in by_group.values())
    assert np.bincount(folds).tolist() == [80] * 5
