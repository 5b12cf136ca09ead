import numpy as np
import pytest
from researchfleet_agent.student import CrossEntropy, LogConfidence
from researchfleet_agent.student.head import fit_head, sigmoid
from sklearn.linear_model import LogisticRegression

ROWS, WIDTH = 300, 12


@pytest.fixture
def problem():
    rng = np.random.default_rng(3)
    features = (rng.normal(size=(ROWS, WIDTH)) * np.exp(rng.normal(size=WIDTH)) + rng.normal(size=WIDTH)).astype(np.float32)
    targets = sigmoid(2 * rng.normal(size=ROWS) + features[:, 0])
    return features, targets, rng.random(ROWS)


@pytest.mark.parametrize("penalty", [0.002, 0.05, 1.0])
def test_the_head_is_the_logistic_regression_scikit_learn_finds(problem, penalty):
    features, targets, weights = problem
    head = fit_head(features, targets, weights, penalty=penalty, loss=CrossEntropy())
    standard = (features - head.mean) / head.scale
    both = np.r_[np.ones(ROWS), np.zeros(ROWS)]
    other = LogisticRegression(C=1 / (penalty * weights.sum()), tol=1e-8, max_iter=1000)
    other.fit(np.r_[standard, standard], both, sample_weight=np.r_[weights * targets, weights * (1 - targets)])
    assert np.allclose(head.coefficients, np.r_[other.coef_[0], other.intercept_], atol=2e-3)


def test_a_constant_feature_does_no_harm(problem):
    features, targets, weights = problem
    features[:, 3] = 7.0
    head = fit_head(features, targets, weights, penalty=0.02, loss=CrossEntropy())
    assert np.isfinite(head.predict(features)).all()


def test_a_weight_counts_like_so_many_copies(problem):
    features, targets, _ = problem
    counts = np.random.default_rng(0).integers(0, 4, ROWS)
    weighted = fit_head(features, targets, counts.astype(float), penalty=0.02, loss=CrossEntropy())
    # Copies change what features are standardised by; so compare where both see the same rows.
    repeated = np.repeat(np.arange(ROWS), counts)
    standard = (features - weighted.mean) / weighted.scale
    copied = LogisticRegression(C=1 / (0.02 * len(repeated)), tol=1e-8, max_iter=1000)
    both = np.r_[np.ones(len(repeated)), np.zeros(len(repeated))]
    share = np.r_[targets[repeated], 1 - targets[repeated]]
    copied.fit(np.r_[standard[repeated], standard[repeated]], both, sample_weight=share)
    assert np.allclose(weighted.coefficients[:-1], copied.coef_[0], atol=2e-3)


def test_log_confidence_makes_the_student_surer_and_keeps_the_prior(problem):
    features, targets, weights = problem
    plain = fit_head(features, targets, weights, penalty=0.02, loss=CrossEntropy()).predict(features)
    sure = fit_head(features, targets, weights, penalty=0.02, loss=LogConfidence(prior=0.5)).predict(features)
    assert np.abs(sure - 0.5).mean() > np.abs(plain - 0.5).mean() + 0.05
    assert (sure > 0.5).mean() == pytest.approx(0.5, abs=0.1)
