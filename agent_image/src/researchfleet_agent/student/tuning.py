"""Fine-tuning the upper layers of a student from cached activations. Needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, dropout

from researchfleet_agent.student.backbone import Backbone
from researchfleet_agent.student.head import Floats, sigmoid, standardisation
from researchfleet_agent.student.recipe import LogConfidence, Loss, Recipe
from researchfleet_agent.student.transformer import Upper, Whole, padded

if TYPE_CHECKING:
    from researchfleet_agent.student.transformer import Transformer

# Of the recipe measured before (shared by every fit): the new head learns faster than the pre-trained layers.
HEAD_LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.01
DROPOUT = 0.1
WARMUP = 0.1
CLIP = 1.0
# Rows of like length share a batch; they are sorted within a window of so many batches, which stay in random order.
WINDOW = 8
PREDICT_BATCH = 128


@dataclass(frozen=True)
class Training:
    """What a student is trained on. targets: P(label = 1); all [rows]."""

    texts: Sequence[str]
    targets: Floats
    weights: Floats

    def that_count(self) -> "Training":
        """Rows of positive weight, weights scaled to a mean of 1."""
        kept = np.flatnonzero(self.weights > 0)
        weights = self.weights[kept]
        return Training([self.texts[row] for row in kept.tolist()], self.targets[kept], weights / weights.mean())


class Tuned:
    """A fine-tuned student: upper layers, pooling, standardisation and a linear head with one output (a logit)."""

    def __init__(self, backbone: Backbone, rows: Training, recipe: Recipe, seed: int) -> None:
        """Train; rows of weight 0 are left out."""
        self.backbone = backbone
        self.transformer: Transformer = backbone.transformer
        self.depth = max(0, backbone.layers - recipe.layers)
        torch.manual_seed(seed)
        self.upper = self.transformer.upper(self.depth)
        self.head = nn.Linear(backbone.width, 1)
        mean, scale = standardisation(backbone.pooled(rows.texts, -1))
        self.mean, self.scale = torch.from_numpy(mean), torch.from_numpy(scale)
        self._train(rows.that_count(), recipe, seed)

    def predict(self, texts: Sequence[str]) -> Floats:
        """P(label = 1), [texts]."""
        inputs = _Inputs(self.backbone, self.upper, texts, self.depth)
        order = np.argsort(inputs.lengths, kind="stable")
        logits = np.empty(len(texts))
        with torch.inference_mode():
            for start in range(0, len(order), PREDICT_BATCH):
                rows = order[start : start + PREDICT_BATCH]
                logits[rows] = self._logits(*inputs.batch(rows)).numpy()
        return sigmoid(logits)

    def _logits(self, inputs: Tensor, mask: Tensor, *, training: bool = False) -> Tensor:
        pooled = (self.transformer.pool(self.upper(inputs, mask), mask) - self.mean) / self.scale
        logits: Tensor = self.head(dropout(pooled, DROPOUT, training)).squeeze(-1)
        return logits

    def _train(self, rows: Training, recipe: Recipe, seed: int) -> None:
        inputs = _Inputs(self.backbone, self.upper, rows.texts, self.depth)
        wanted, weight = (torch.from_numpy(array.astype(np.float32)) for array in (rows.targets, rows.weights))
        layers = [parameter for parameter in self.upper.parameters() if parameter.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": layers, "lr": recipe.learning_rate},
            {"params": list(self.head.parameters()), "lr": HEAD_LEARNING_RATE},
        ]
        optimiser = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)
        steps = recipe.epochs * -(-len(rows.texts) // recipe.batch)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _triangle(step / steps))
        rng = np.random.default_rng(seed)
        done = 0
        for _ in range(recipe.epochs):
            for batch in _batches(inputs.lengths, recipe.batch, rng):
                logits = self._logits(*inputs.batch(batch), training=True)
                loss = (weight[batch] * _losses(recipe.loss, logits, wanted[batch], done / steps)).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_([*layers, *self.head.parameters()], CLIP)
                optimiser.step()
                schedule.step()
                done += 1


class _Inputs:
    """What the upper part is fed with, batch by batch: cached activations, or token ids where the model runs whole."""

    def __init__(self, backbone: Backbone, upper: Upper | Whole, texts: Sequence[str], depth: int) -> None:
        self.states = backbone.activations(texts, depth) if isinstance(upper, Upper) else []
        self.ids = [] if self.states else backbone.transformer.tokens(texts)
        self.lengths = np.array([len(row) for row in self.states or self.ids])

    def batch(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Hidden states [rows, longest, width] or token ids [rows, longest], and the mask of real tokens."""
        if not self.states:
            return padded([self.ids[row] for row in rows])
        longest = int(self.lengths[rows].max())
        values = np.zeros((len(rows), longest, self.states[0].shape[1]), np.float32)
        mask = np.zeros((len(rows), longest), np.int64)
        for place, row in enumerate(rows):
            values[place, : self.lengths[row]] = self.states[row]
            mask[place, : self.lengths[row]] = 1
        return torch.from_numpy(values), torch.from_numpy(mask)


def _losses(loss: Loss, logits: Tensor, targets: Tensor, progress: float) -> Tensor:
    if isinstance(loss, LogConfidence):
        share = loss.alpha * min(1.0, progress / loss.warmup)
        own = (logits.detach() > torch.quantile(logits.detach(), 1 - loss.prior)).float()
        targets = (1 - share) * targets + share * own
    return binary_cross_entropy_with_logits(logits, targets, reduction="none")


def _triangle(progress: float) -> float:
    """Linear warm-up, then linear decay."""
    return max(progress / WARMUP, 1e-3) if progress < WARMUP else (1 - progress) / (1 - WARMUP)


def _batches(lengths: NDArray[np.intp], size: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    order = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), size * WINDOW):
        window = order[start : start + size * WINDOW]
        window = window[np.argsort(lengths[window], kind="stable")]
        batches += [window[at : at + size] for at in range(0, len(window), size)]
    return [batches[at] for at in rng.permutation(len(batches))]
