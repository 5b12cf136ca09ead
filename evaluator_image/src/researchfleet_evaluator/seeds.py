"""The secret sequences from which every seed of a fleet comes."""

from hashlib import sha256
from hmac import digest as hmac_digest
from random import Random
from typing import NamedTuple

import numpy as np

SECRET_BYTES = 32


class Draw(NamedTuple):
    """A place in a sequence: the training seed (31 bits) and the row of weak.npy, position modulo the number of teachers."""

    seed: int
    teacher: int


def draws(secret: bytes, sequence: str, teachers: int, start: int, count: int) -> list[Draw]:
    """Draws `start` to `start + count` of one sequence. No seed stands twice in it, and none is told by those before."""
    seeds: dict[int, None] = {}
    number = 0
    while len(seeds) < start + count:
        block = hmac_digest(secret, f"{sequence}:{number}".encode(), "sha256")
        seeds[int.from_bytes(block[:4], "big") >> 1] = None
        number += 1
    return [Draw(seed, position % teachers) for position, seed in enumerate(seeds) if position >= start]


def shuffler(secret: bytes, purpose: str) -> Random:
    """A source of orders for one purpose, the same at every call."""
    return Random(hmac_digest(secret, purpose.encode(), "sha256"))  # noqa: S311 - seeded by an HMAC, it hides from no attacker


def generator(secret: bytes, purpose: str) -> np.random.Generator:
    """The same for arrays."""
    return np.random.default_rng(list(sha256(hmac_digest(secret, purpose.encode(), "sha256")).digest()))
