"""The strong student as methods see it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from researchfleet_core.testbed import Row

from researchfleet_agent.student.backbone import Backbone
from researchfleet_agent.student.head import Floats, Head, fit_head
from researchfleet_agent.student.recipe import Fit, Recipe
from researchfleet_agent.student.store import StudentError

if TYPE_CHECKING:
    from researchfleet_agent.student.tuning import Tuned


class Student:
    """A pre-trained model that can be fitted to soft targets and row weights; the same seed gives the same student."""

    def __init__(self, backbone: Backbone, *, seed: int = 0) -> None:
        self.backbone = backbone
        self.seed = seed
        self._layer = -1
        self._fitted: Head | Tuned | None = None

    def features(self, rows: Sequence[Row], layer: int = -1) -> NDArray[np.float32]:
        """Frozen pooled features after a layer (0: embeddings, -1: last), [rows, width]."""
        return self.backbone.pooled([row.text for row in rows], layer)

    def fit(
        self, rows: Sequence[Row], targets: ArrayLike, weights: ArrayLike | None = None, *, recipe: Recipe | None = None
    ) -> Self:
        """Fit anew from the pre-trained weights. targets: P(label = 1); weights: not negative (None: all 1); both [rows].

        Raises StudentError for targets or weights that are not as said, and where `fit: top` lacks torch.
        """
        recipe = recipe or Recipe()
        wanted, weight = _checked(rows, targets, weights)
        texts = [row.text for row in rows]
        if recipe.fit is Fit.HEAD:
            self._layer = recipe.layer
            features = self.backbone.pooled(texts, recipe.layer)
            self._fitted = fit_head(features, wanted, weight, penalty=recipe.penalty, loss=recipe.loss)
        else:
            _ = self.backbone.transformer  # where torch is missing, this says so
            from researchfleet_agent.student.tuning import Training, Tuned  # noqa: PLC0415  (torch is optional)

            self._fitted = Tuned(self.backbone, Training(texts, wanted, weight), recipe, self.seed)
        return self

    def predict(self, rows: Sequence[Row]) -> Floats:
        """P(label = 1), float64 [rows]. Raises StudentError before the first fit."""
        texts = [row.text for row in rows]
        if self._fitted is None:
            raise StudentError("this student was not fitted; call fit(rows, targets) first")
        if isinstance(self._fitted, Head):
            return self._fitted.predict(self.backbone.pooled(texts, self._layer))
        return self._fitted.predict(texts)


def _checked(rows: Sequence[Row], targets: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    wanted = np.asarray(targets, np.float64)
    weight = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
    for name, array in (("targets", wanted), ("weights", weight)):
        if array.shape != (len(rows),) or not np.isfinite(array).all() or (array < 0).any():
            raise StudentError(f"{name}: {array.dtype} {list(array.shape)} is not allowed (finite, >= 0, [{len(rows)}])")
    if (wanted > 1).any():
        raise StudentError(f"targets: {wanted.max()} is not allowed (probabilities, 0 to 1)")
    if not (weight > 0).any():
        raise StudentError("weights: all 0 is not allowed; at least one row has to count")
    return wanted, weight
