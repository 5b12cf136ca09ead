"""Accuracies with intervals: 95 % bootstrap over runs (teachers or seeds) and rows at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.testbed import Ceiling, Interval, Row, Weak

BoolArray = NDArray[np.bool_]
DoubleArray = NDArray[np.float64]

RESAMPLES = 2000
# Intervals of a row's accuracy are not known any better than this.
DECIMALS = 4


class Bootstrap:
    """Resamples of one slice's rows, shared by all that is estimated on it, so that differences are paired.

    Rows of one group are drawn together: answers to one question are not independent.
    """

    def __init__(self, rows: Sequence[Row], seed: int) -> None:
        names = [row.id if row.group is None else row.group for row in rows]
        _, self._cluster = np.unique(names, return_inverse=True)
        self._sizes = np.bincount(self._cluster).astype(np.float64)
        self._rng = np.random.default_rng(seed)
        clusters = len(self._sizes)
        self._draws = self._rng.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES).astype(np.float64)

    def weak(self, right: BoolArray) -> tuple[Weak, DoubleArray]:
        """Accuracy of teachers, right: [teachers, rows]; and its resamples."""
        draws = self._resampled(right)
        values = [round(float(value), DECIMALS) for value in right.mean(axis=1)]
        return Weak(**_bounds(float(right.mean()), draws), values=values), draws

    def ceiling(self, right: BoolArray, seeds: Sequence[int]) -> tuple[Ceiling, DoubleArray]:
        """Accuracy of a student, right: [seeds, rows]; and its resamples."""
        draws = self._resampled(right)
        values = [round(float(value), DECIMALS) for value in right.mean(axis=1)]
        return Ceiling(**_bounds(float(right.mean()), draws), values=values, seeds=list(seeds)), draws

    def _resampled(self, right: BoolArray) -> DoubleArray:
        runs = len(right)
        by_cluster = np.stack([np.bincount(self._cluster, weights=run) for run in right], axis=1)
        accuracy = (self._draws @ by_cluster) / (self._draws @ self._sizes)[:, None]
        chosen = self._rng.integers(0, runs, (RESAMPLES, runs))
        return np.asarray(np.take_along_axis(accuracy, chosen, axis=1).mean(axis=1))


def gap(weak: tuple[Weak, DoubleArray], ceiling: tuple[Ceiling, DoubleArray]) -> Interval:
    """Ceiling minus weak, paired over rows."""
    return Interval(**_bounds(ceiling[0].mean - weak[0].mean, ceiling[1] - weak[1]))


def _bounds(mean: float, draws: DoubleArray) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    # With few runs the mean can fall a hair outside the quantiles of its resamples.
    bounds = {"mean": mean, "low": min(mean, float(low)), "high": max(mean, float(high))}
    return {name: round(value, DECIMALS) for name, value in bounds.items()}
