"""The head: logistic regression on features, with soft targets and row weights, in numpy alone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from researchfleet_agent.student.recipe import LogConfidence, Loss

Floats = NDArray[np.float64]

MEMORY = 8
MAX_STEPS = 100
TOLERANCE = 1e-5
# How often a log-confidence head is refitted to its own guesses; the share grows in equal steps.
ROUNDS = 5


@dataclass(frozen=True)
class Head:
    """A fitted head over features of one layer. mean, scale: [width]; coefficients: [width + 1], the last is the bias."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    coefficients: Floats

    def predict(self, features: NDArray[np.floating]) -> Floats:
        """P(label = 1), [rows]."""
        return sigmoid(_extended(features, self.mean, self.scale) @ self.coefficients.astype(np.float32))


def sigmoid(logits: NDArray[np.floating]) -> Floats:
    """1 / (1 + exp(-x)), without overflow at either end."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, np.float64)))


def standardisation(features: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each feature, [width]; 1 where a feature does not vary."""
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = features.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(deviation > 1e-8, deviation, 1.0).astype(np.float32)


def fit_head(features: NDArray[np.floating], targets: Floats, weights: Floats, *, penalty: float, loss: Loss) -> Head:
    """Minimise mean weighted loss + penalty / 2 * |w|^2 over standardised features; the bias is free.

    features: [rows, width]; targets: P(label = 1), [rows]; weights: [rows], not negative, not all zero.
    """
    mean, scale = standardisation(features)
    problem = _Problem(_extended(features, mean, scale), weights / weights.sum(), penalty)
    coefficients = problem.solve(targets, np.zeros(features.shape[1] + 1))
    if isinstance(loss, LogConfidence):
        for turn in range(ROUNDS):
            # The head has no training time, so the warm-up is a share of these rounds.
            share = loss.alpha * min(1.0, (turn + 1) / ROUNDS / loss.warmup)
            logits = problem.logits(coefficients)
            own = logits > np.quantile(logits, 1 - loss.prior)
            coefficients = problem.solve((1 - share) * targets + share * own, coefficients)
    return Head(mean, scale, coefficients)


def _extended(features: NDArray[np.floating], mean: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.empty((len(features), features.shape[1] + 1), np.float32)
    np.subtract(features, mean, out=rows[:, :-1])
    rows[:, :-1] /= scale
    rows[:, -1] = 1.0
    return rows


class _Problem:
    """One design matrix and its weights. The bound X'WX/4 of the Hessian (Boehning 1992) preconditions every solve."""

    def __init__(self, rows: NDArray[np.float32], weights: Floats, penalty: float) -> None:
        self.rows = rows
        self.weights = weights
        self.ridge: Floats = np.full(rows.shape[1], penalty)
        self.ridge[-1] = 1e-8
        # One array times itself: BLAS does that in half the time of a product of two.
        scaled = rows * (0.5 * np.sqrt(weights)).astype(np.float32)[:, None]
        bound = (scaled.T @ scaled).astype(np.float64) + np.diag(self.ridge)
        self.inverse: Floats = np.asarray(np.linalg.inv(bound), np.float64)

    def logits(self, coefficients: Floats) -> Floats:
        return (self.rows @ coefficients.astype(np.float32)).astype(np.float64)

    def solve(self, targets: Floats, start: Floats) -> Floats:
        def objective(at: Floats) -> tuple[float, Floats]:
            logits = self.logits(at)
            value = self.weights @ (np.logaddexp(0, logits) - targets * logits) + 0.5 * self.ridge @ at**2
            slope = self.weights * (sigmoid(logits) - targets)
            return float(value), (slope.astype(np.float32) @ self.rows).astype(np.float64) + self.ridge * at

        return _lbfgs(objective, start, self.inverse)


def _lbfgs(objective: Callable[[Floats], tuple[float, Floats]], start: Floats, inverse: Floats) -> Floats:
    """L-BFGS (Nocedal and Wright, algorithm 7.5) from a preconditioner, with Armijo backtracking."""
    at, (value, slope) = start, objective(start)
    pairs: list[tuple[Floats, Floats]] = []
    for _ in range(MAX_STEPS):
        if np.abs(slope).max() < TOLERANCE:
            break
        step = -_two_loops(slope, pairs, inverse)
        length, drop = 1.0, float(slope @ step)
        while True:
            new = at + length * step
            new_value, new_slope = objective(new)
            if new_value <= value + 1e-4 * length * drop or length < 1e-3:
                break
            length /= 2
        if new_value >= value:
            break
        moved, turned = new - at, new_slope - slope
        if moved @ turned > 1e-12:
            pairs = [*pairs[1 - MEMORY :], (moved, turned)]
        at, value, slope = new, new_value, new_slope
    return at


def _two_loops(slope: Floats, pairs: list[tuple[Floats, Floats]], inverse: Floats) -> Floats:
    direction, shares = slope.copy(), []
    for moved, turned in reversed(pairs):
        share = (moved @ direction) / (moved @ turned)
        shares.append(share)
        direction -= share * turned
    direction = inverse @ direction
    for (moved, turned), share in zip(pairs, reversed(shares), strict=True):
        direction += (share - (turned @ direction) / (moved @ turned)) * moved
    return direction
