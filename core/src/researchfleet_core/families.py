"""The eleven method families of the study and how evenly a fleet spreads over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, log2

import numpy as np


class Family(StrEnum):
    """What a method does to get from weak labels to a strong student (the study's eleven families)."""

    SELF_TRAINING = "self-training"
    ENSEMBLE = "ensemble"
    DISTILLATION = "distillation"
    DATA_FILTERING = "data filtering"
    CONFIDENCE_WEIGHTING = "confidence weighting"
    LOSS_FUNCTION = "loss function"
    UNSUPERVISED_ELICITATION = "unsupervised elicitation"
    CURRICULUM = "curriculum"
    MODEL_INTERNAL = "model internal"
    EVOLUTIONARY = "evolutionary"
    OTHER = "other"


MAX_ENTROPY_BITS = log2(len(Family))


@dataclass(frozen=True)
class Diversity:
    """How evenly findings spread over the families.

    bits: Shannon entropy with the Miller-Madow correction, capped at log2(11). effective: 2 ** bits, the number of equally
    used families with that entropy. low, high: 95 % bootstrap interval of bits. findings: how many were counted.
    """

    bits: float
    effective: float
    low: float
    high: float
    findings: int


def entropy_bits(counts: Iterable[int]) -> float:
    """Shannon entropy in bits of a sample, Miller-Madow corrected: plug-in + (k - 1) / (2 n ln 2), k families seen.

    The plug-in estimate is low by about that much (0.36 bits at 20 findings). Capped at log2(11); 0 for an empty sample.
    """
    seen = [count for count in counts if count > 0]
    total = sum(seen)
    if total == 0:
        return 0.0
    plug_in = -sum(count / total * log2(count / total) for count in seen)
    return min(plug_in + (len(seen) - 1) / (2 * total * log(2)), MAX_ENTROPY_BITS)


def diversity(families: Sequence[Family], *, window: int = 20, resamples: int = 500) -> Diversity:
    """Diversity of the last `window` findings; the bootstrap is seeded, so the same findings give the same interval."""
    recent = list(families)[-window:]
    if not recent:
        return Diversity(0.0, 1.0, 0.0, 0.0, 0)
    order = list(Family)
    codes = np.array([order.index(family) for family in recent])
    bits = entropy_bits(np.bincount(codes, minlength=len(order)))
    draws = np.random.default_rng(0).integers(0, len(codes), (resamples, len(codes)))
    sample = [entropy_bits(np.bincount(codes[draw], minlength=len(order))) for draw in draws]
    low, high = np.quantile(sample, [0.025, 0.975])
    return Diversity(bits, 2**bits, float(min(low, bits)), float(max(high, bits)), len(recent))
