"""The ceiling: the strong student trained on true labels, by the agents' own environment."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from researchfleet_core.testbed import LabelArray, Recipe


class Trainer(Protocol):
    """Something that fits a student to labels by one fixed recipe."""

    @property
    def recipe(self) -> Recipe:
        """What testbed.yaml says of it."""

    def predict(
        self, task: Mapping[str, bytes], labels: LabelArray, student: str, seeds: Sequence[int]
    ) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
        """P(label = 1) for the task's test rows, one array a seed, after fitting its pool to `labels` [pool rows]."""
