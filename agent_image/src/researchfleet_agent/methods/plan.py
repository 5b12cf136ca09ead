"""What every method makes and takes: how the student that predicts is going to be trained."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from researchfleet_agent.student.head import sigmoid
from researchfleet_agent.student.recipe import Recipe

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """Labels and weights of the pool, and the fit. Methods compose because each turns one plan into another.

    targets: P(label = 1), [pool]; weights: how much a row counts, [pool]; members: how many students, each on a bootstrap
    resample, have their predictions averaged (1: a single student on all rows).
    """

    targets: Floats
    weights: Floats
    recipe: Recipe
    members: int = 1

    def labelled(self, targets: Floats) -> Self:
        """With other labels."""
        return replace(self, targets=targets)

    def weighted(self, weights: Floats) -> Self:
        """With rows counting `weights` times what they counted before."""
        return replace(self, weights=self.weights * weights)

    def hard(self) -> Floats:
        """The labels as 0 or 1, [pool]."""
        return (self.targets > 0.5).astype(np.float64)

    def tempered(self, temperature: float) -> Floats:
        """The labels with their logits divided by a temperature: below 1 surer, above 1 less sure, [pool]."""
        bounded = np.clip(self.targets, 1e-4, 1 - 1e-4)
        return sigmoid(np.log(bounded / (1 - bounded)) / temperature)

    def surest(self, confidence: Floats, share: float) -> Floats:
        """1 for the `share` of the rows of each label whose confidence is highest, else 0, [pool].

        By label, so that the labels keep their proportion; only rows that count so far are looked at, and at least one of
        each label stays.
        """
        kept = np.zeros(len(self.targets))
        for label in (0.0, 1.0):
            rows = np.flatnonzero((self.hard() == label) & (self.weights > 0))
            count = max(1, round(share * len(rows)))
            kept[rows[np.argsort(-confidence[rows], kind="stable")[:count]]] = 1.0
        return kept

    def agreement(self, predicted: Floats) -> Floats:
        """How much of its probability a prediction gives to the label of the plan, [pool]."""
        return np.where(self.hard() == 1, predicted, 1 - predicted)
