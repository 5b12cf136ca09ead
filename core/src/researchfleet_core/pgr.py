"""Performance gap recovered (Burns et al. 2023) with intervals, and the difference of two methods.

The bootstrap resamples seeds and test rows at once (Owen 2007, "The pigeonhole bootstrap"): both are draws from larger
populations, and a row's difficulty is shared by all seeds. Weak and ceiling accuracies are constants of a testbed version,
as in the study; their own spread is stated in the testbed, not added here.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from researchfleet_core.testbed.manifest import MIN_GAP
from researchfleet_core.wire.evaluation import Interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# The Monte Carlo error of a 2.5 % quantile is then a tenth of a standard error, far below the interval itself.
RESAMPLES = 2000

# Numbers in memory at once (64 MiB): the largest row counts are drawn in more than one block.
BLOCK = 1 << 23


class NoGapError(ValueError):
    """The ceiling is not far enough above the weak baseline for a PGR to mean something."""

    def __init__(self, weak: float, ceiling: float) -> None:
        super().__init__(
            f"the gap between weak accuracy {weak:.4f} and ceiling {ceiling:.4f} is {ceiling - weak:.4f}; "
            f"{MIN_GAP} or more is allowed, below that PGR is noise"
        )


def pgr(accuracy: FloatArray, weak: float, ceiling: float) -> FloatArray:
    """Performance gap recovered: (accuracy - weak) / (ceiling - weak).

    accuracy: of any shape, returned in the same. Not clipped: below 0 and above 1 mean what they say.
    Raises NoGapError when ceiling - weak is below MIN_GAP: the quotient would be noise.
    """
    if not ceiling - weak >= MIN_GAP:
        raise NoGapError(weak, ceiling)
    return (accuracy - weak) / (ceiling - weak)


def accuracy_interval(correct: BoolArray) -> Interval:
    """Mean accuracy of `correct`, bool [seeds, rows], with its 95 % bootstrap interval over seeds and rows.

    The same input gives the same interval. With one seed the interval knows nothing of the spread over seeds.
    """
    return _interval(correct.astype(np.int8))


def bootstrap_interval(correct: BoolArray, weak: float, ceiling: float) -> Interval:
    """PGR of the mean accuracy of `correct`, bool [seeds, rows], with its 95 % bootstrap interval over seeds and rows.

    Raises NoGapError as `pgr` does.
    """
    accuracy = accuracy_interval(correct)
    value, low, high = pgr(np.array([accuracy.value, accuracy.low, accuracy.high]), weak, ceiling)
    return Interval(value=float(value), low=float(low), high=float(high))


def paired_difference(first: BoolArray, second: BoolArray, weak: float, ceiling: float) -> Interval:
    """PGR of `first` minus PGR of `second` on the same seeds and rows, with its 95 % paired bootstrap interval.

    first, second: bool [seeds, rows], correct or not; row i of both is the same seed, column j the same test row. A resample
    draws the same seeds and rows for both, so what they share (easy rows, a good teacher) cancels out.
    Raises ValueError when the shapes differ, NoGapError as `pgr` does.
    """
    if first.shape != second.shape:
        raise ValueError(f"shapes {first.shape} and {second.shape} are not paired; the same seeds and rows are needed")
    scale = 1 / float(pgr(np.array(weak + 1.0), weak, ceiling))
    difference = _interval(first.astype(np.int8) - second.astype(np.int8))
    return Interval(value=difference.value / scale, low=difference.low / scale, high=difference.high / scale)


def _interval(values: NDArray[np.int8]) -> Interval:
    """Mean of values [seeds, rows] with the percentile interval of its bootstrap means."""
    if values.ndim != 2 or not values.size:
        raise ValueError(f"shape {values.shape} is not allowed ([seeds, rows], both 1 or more)")
    means = np.concatenate(list(_resampled_means(values)))
    low, high = np.quantile(means, [0.025, 0.975])
    value = float(values.mean(dtype=np.float64))
    return Interval(value=value, low=float(min(low, value)), high=float(max(high, value)))


def _resampled_means(values: NDArray[np.int8]) -> Iterator[FloatArray]:
    """Means of resampled seeds and rows, a block of resamples at a time.

    Rows that every seed treats alike are exchangeable, so one multinomial over the distinct columns draws the rows: at three
    seeds that is 8 counts instead of thousands.
    """
    seeds, rows = values.shape
    distinct, counts = np.unique(values, axis=1, return_counts=True)
    columns = distinct.astype(np.float64)
    draw = np.random.default_rng(0)
    block = max(1, min(RESAMPLES, BLOCK // len(counts)))
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        of_rows = draw.multinomial(rows, counts / rows, size).astype(np.float64)
        of_seeds = draw.multinomial(seeds, np.full(seeds, 1 / seeds), size)
        yield np.asarray(((of_rows @ columns.T) * of_seeds).sum(axis=1) / (seeds * rows))
