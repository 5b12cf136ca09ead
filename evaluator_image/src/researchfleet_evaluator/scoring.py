"""Predictions as they are stored, and how many are right."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.testbed import LabelArray, Part, Slice

BoolArray = NDArray[np.bool_]

# float64, so that .4999999999 stays below .5 when it is read back.
STORED = np.dtype("<f8")


@dataclass(frozen=True)
class Answer:
    """One run's predictions: bytes to store, their digest, and what they say (uint8 [rows]; .5 and above is 1)."""

    stored: bytes
    digest: bytes
    said: LabelArray

    @classmethod
    def of(cls, predictions: list[float]) -> "Answer":
        """The answer in validated predictions."""
        stored = np.array(predictions, dtype=STORED).tobytes()
        return cls(stored, sha256(stored).digest(), said(stored))


def said(stored: bytes) -> LabelArray:
    """Labels, uint8 [rows], in stored predictions."""
    return (np.frombuffer(stored, dtype=STORED) >= 0.5).astype(np.uint8)


def correct(stored: bytes, part: Part, slice_: Slice) -> BoolArray:
    """Right or not on the rows of a slice, bool [rows of the slice]."""
    rows = part.rows_of(slice_)
    right: BoolArray = said(stored)[rows] == part.test_labels[rows]
    return right


class Key:
    """The true labels of a part by slice, laid out for counting."""

    def __init__(self, part: Part) -> None:
        self.rows = len(part.test)
        self._labels = part.test_labels
        self._rank = None if part.slices is None else part.slices == 1
        self.rank_rows = 0 if self._rank is None else int(self._rank.sum())
        self.first_rows = self.rows - self.rank_rows

    def count(self, answer: Answer) -> tuple[int, int]:
        """How many are right on the dev rows (sealed rows, where there are no slices) and on the rank rows."""
        right = answer.said == self._labels
        on_rank = 0 if self._rank is None else int(np.count_nonzero(right & self._rank))
        return int(np.count_nonzero(right)) - on_rank, on_rank
