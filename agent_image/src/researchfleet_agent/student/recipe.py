"""How a student is fitted: what is trained, for how long, against which loss."""

from dataclasses import dataclass, field
from enum import StrEnum


class Fit(StrEnum):
    """head: a logistic regression on frozen features; top: the uppermost layers are fine-tuned too."""

    HEAD = "head"
    TOP = "top"


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy against soft targets."""


@dataclass(frozen=True)
class LogConfidence:
    """The auxiliary confidence loss of Burns et al. 2023, section 4.3: (1 - a) CE(target) + a CE(own hardened guess).

    The own guess is cut where a share `prior` of the rows lies above. a grows linearly from 0 to `alpha` over the first
    `warmup` share of the training.
    """

    prior: float
    alpha: float = 0.5
    warmup: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.prior < 1 or not 0 <= self.alpha < 1 or not 0 < self.warmup <= 1:
            raise ValueError(f"{self} is not allowed (0 < prior < 1, 0 <= alpha < 1, 0 < warmup <= 1)")


Loss = CrossEntropy | LogConfidence


@dataclass(frozen=True)
class Recipe:
    """A fit.

    penalty: of the head, lambda in mean weighted loss + lambda / 2 * |w|^2 over standardised features.
    layer: whose features the head sees; 0 is the embeddings, -1 the last. `fit: top` always pools the last.
    layers, epochs, learning_rate, batch: of fine-tuning. Defaults are the recipe measured on real sentences before this
    library was written (top layer, two epochs, 3e-4, batches of 32) and were not tuned since.
    """

    fit: Fit = Fit.HEAD
    penalty: float = 0.02
    layer: int = -1
    layers: int = 1
    epochs: int = 2
    learning_rate: float = 3e-4
    batch: int = 32
    loss: Loss = field(default_factory=CrossEntropy)

    def __post_init__(self) -> None:
        if self.penalty <= 0 or self.layers < 1 or self.epochs < 1 or self.learning_rate <= 0 or self.batch < 1:
            raise ValueError(f"{self} is not allowed (penalty, layers, epochs, learning_rate and batch above 0)")
