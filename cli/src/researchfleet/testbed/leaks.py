"""Does anything but the text predict the label? The statistical half of `check`.

The format makes ids, groups and order functions of the texts, so nobody can write a label there directly. One could
still choose texts until their hashes spell the labels; these tests find that, and what nobody thought of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.testbed import FloatArray, LabelArray, Part, Row, TestbedError
from researchfleet_core.testbed.arrays import WEAK_DECIMALS

Doubles = NDArray[np.float64]

# The chance that a testbed without a leak is refused, over all its tests together.
FALSE_ALARMS = 1e-4
# A teacher's accuracy may differ between its pool and its test rows by this many standard errors.
MAX_WEAK_SURPRISE = 6.0
ID_BITS = 64
# e to the minus this is still a normal double.
LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Finding:
    """How strongly one thing an agent sees goes with the label; z: standard normal where it tells nothing."""

    what: str
    z: float


def check_leaks(folder: str, part: Part) -> None:
    """Raises TestbedError naming what predicts the labels of a part. Two-sided tests, Bonferroni-corrected."""
    for file, rows, labels in (("pool", part.pool, part.pool_labels), ("test", part.test, part.test_labels)):
        _refuse(
            f"{folder}/{file}.jsonl.xz", [*id_findings(rows, labels), *group_findings(rows, labels), order_finding(labels)]
        )
    _refuse(f"{folder}/weak.npy", list(digit_findings(part.weak, part.pool_labels)))
    if part.slices is not None:
        _refuse("labels/slice.npy", [order_finding(part.slices)], "slice")


def check_weak_labels(folder: str, part: Part, accuracies: Sequence[float], test_rows: int) -> None:
    """Raises TestbedError for weak labels that are better or worse than their teacher; accuracies: its own, on test rows."""
    for teacher, accuracy in enumerate(accuracies):
        on_pool = float(((part.weak[teacher] > 0.5) == part.pool_labels).mean())
        # One success and one failure more than seen, so that a teacher that is always right has an error too.
        seen = len(part.pool) + test_rows
        mean = (accuracy * test_rows + on_pool * len(part.pool) + 1) / (seen + 2)
        error = np.sqrt(mean * (1 - mean) * (1 / len(part.pool) + 1 / test_rows))
        if abs(on_pool - accuracy) > MAX_WEAK_SURPRISE * error:
            raise TestbedError(
                f"{folder}/weak.npy[{teacher}]",
                f"right on {on_pool:.3f} of the pool is not allowed: its teacher is right on {accuracy:.3f} of test rows",
            )


def id_findings(rows: Sequence[Row], labels: LabelArray) -> Iterator[Finding]:
    """Each bit of the ids. Their order is the rows' order."""
    yield from _bit_findings("id", [row.id for row in rows], labels.astype(np.float64))


def group_findings(rows: Sequence[Row], labels: LabelArray) -> Iterator[Finding]:
    """Each bit of the groups' ids, their order, their sizes, and a row's place in its group."""
    if rows[0].group is None:
        return
    names, at = np.unique([row.group or "" for row in rows], return_inverse=True)
    sizes = np.bincount(at).astype(np.float64)
    share = np.bincount(at, weights=labels) / sizes
    yield from _bit_findings("group", names.tolist(), share)
    yield Finding("the order of groups", _periodic(share))
    yield Finding("the size of the group", _correlation(sizes, share))
    place = np.array([np.count_nonzero(at[:i] == group) for i, group in enumerate(at)])
    for number in range(int(place.max()) + 1):
        yield Finding(
            f"place {number} in the group", _correlation((place == number).astype(np.float64), labels.astype(np.float64))
        )


def order_finding(labels: LabelArray) -> Finding:
    """The order of the rows: sorted, in blocks, alternating or in any other rhythm."""
    return Finding("the order of the rows", _periodic(labels.astype(np.float64)))


def digit_findings(weak: FloatArray, labels: LabelArray) -> Iterator[Finding]:
    """The last decimal of the weak labels, by its ten values: it says nothing about a belief."""
    digits = np.rint(weak.astype(np.float64) * 10**WEAK_DECIMALS).astype(np.int64) % 10
    for teacher, row in enumerate(digits):
        for digit in range(10):
            yield Finding(
                f"last decimal {digit} of teacher {teacher}",
                _correlation((row == digit).astype(np.float64), labels.astype(np.float64)),
            )


def _refuse(place: str, findings: Sequence[Finding], predicted: str = "label") -> None:
    limit = NormalDist().inv_cdf(1 - FALSE_ALARMS / 2 / 10 / len(findings))
    worst = max(findings, key=lambda finding: abs(finding.z))
    if abs(worst.z) > limit:
        raise TestbedError(
            place, f"{worst.what} predicts the {predicted}: z = {worst.z:.1f} is not allowed (within {limit:.1f})"
        )


def _bit_findings(what: str, ids: Sequence[str], labels: Doubles) -> Iterator[Finding]:
    numbers = np.array([int(one, 16) for one in ids], np.uint64)
    for bit in range(ID_BITS):
        values = ((numbers >> np.uint64(bit)) & np.uint64(1)).astype(np.float64)
        yield Finding(f"bit {bit} of the {what}", _correlation(values, labels))


def _correlation(values: Doubles, labels: Doubles) -> float:
    """Pearson's r times the root of n: standard normal for large n where there is no relation."""
    if values.std() == 0 or labels.std() == 0:
        return 0.0
    return float(np.corrcoef(values, labels)[0, 1] * np.sqrt(len(labels)))


def _periodic(series: Doubles) -> float:
    """The highest peak of the periodogram as a z: of white noise each ordinate is exponential with mean 1."""
    if series.std() == 0:
        return 0.0
    power = np.abs(np.fft.rfft((series - series.mean()) / series.std())[1:]) ** 2 / len(series)
    # Bonferroni over the frequencies; the last one of an even length has half the freedom, which only makes it stricter.
    p = min(1.0, len(power) * float(np.exp(-min(power.max(), LARGEST_EXPONENT))))
    return -NormalDist().inv_cdf(p / 2)
