"""Which pipeline is tried next, and why. A pure function of what is known and a random generator."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from researchfleet_core.wire.evaluation import FeedbackMode

from researchfleet_agent.methods import METHODS, Pipeline
from researchfleet_agent.search.history import History, Tried
from researchfleet_agent.search.peers import Peer
from researchfleet_agent.search.variation import combined, fit_of, fitted, mutated, opener, sampled, tuned_epochs
from researchfleet_agent.student import Fit

T = TypeVar("T")

# Fine-tuning costs fifty times what a head costs and more: first it is seen which methods lead, then one experiment in
# so many is spent on it.
HEADS_BEFORE_TUNING = 6
OPENERS_FIRST = 3
# Draws of one move before it counts as used up: neighbours of a pipeline are many, but not endless.
DRAWS = 20


class Move(StrEnum):
    """How a pipeline was made."""

    OPEN = "open"  # a method of the direction at its defaults
    TUNE = "tune"  # what looks best, fine-tuned instead of with a head
    MUTATE = "mutate"  # a promising own pipeline with one or two hyperparameters moved
    SAMPLE = "sample"  # one or two methods of the direction, anywhere in their spaces
    COMBINE = "combine"  # a step of another agent's best in an own pipeline
    VARY = "vary"  # another agent's best with one or two hyperparameters moved
    REPEAT = "repeat"  # another agent's best as it is, which confirms it or does not


# How often each is tried first; measured by nothing but taste, and the same in every fleet.
WEIGHTS = {Move.MUTATE: 0.35, Move.SAMPLE: 0.2, Move.COMBINE: 0.25, Move.VARY: 0.1, Move.REPEAT: 0.1}


@dataclass(frozen=True)
class Allowed:
    """How students may be fitted: at least one fit, and how many passes over the pool a fine-tuned run has time for."""

    fits: frozenset[Fit]
    epochs: float

    def allows(self, pipeline: Pipeline) -> bool:
        """Whether a pipeline is fitted so."""
        return fit_of(pipeline) in self.fits and tuned_epochs(pipeline) <= self.epochs


@dataclass(frozen=True)
class Proposal:
    """parent: the own experiment it comes from; peer: the finding it builds on."""

    pipeline: Pipeline
    move: Move
    parent: Tried | None = None
    peer: Peer | None = None


class NothingLeftError(RuntimeError):
    """Every draw, of all methods in the end, was a pipeline that was tried before."""


def propose(
    history: History, peers: Sequence[Peer], methods: Sequence[str], rng: np.random.Generator, allowed: Allowed
) -> Proposal:
    """A pipeline that was not tried. methods: the direction's, in the order in which they are opened.

    peers: best first. allowed: how students may be fitted; where fine-tuning has failed, heads only.
    Raises NothingLeftError, after thousands of experiments.
    """
    if history.tuning_failed:
        allowed = Allowed(frozenset({Fit.HEAD}), 0)
    for one in _proposals(history, peers, methods, rng, allowed.fits):
        if not history.knows(one.pipeline) and allowed.allows(one.pipeline):
            return one
    raise NothingLeftError(f"no untried pipeline of {', '.join(methods)} was found")


def _proposals(
    history: History, peers: Sequence[Peer], methods: Sequence[str], rng: np.random.Generator, fits: frozenset[Fit]
) -> Iterator[Proposal]:
    if len(fits) > 1 and history.since_tuned() >= HEADS_BEFORE_TUNING:
        # Where nothing is known to be better than the rest, any will do.
        drawn = [history.tried[i] for i in rng.permutation(len(history.tried))]
        for one in history.promising or drawn:
            yield Proposal(fitted(one.pipeline, Fit.TOP), Move.TUNE, parent=one)
    fit = cheapest_that_tells(history) if len(fits) > 1 else next(iter(fits))
    first = Fit.HEAD if Fit.HEAD in fits else Fit.TOP
    openers = [Proposal(fitted(opener(method), first), Move.OPEN) for method in methods]
    # While little is known, openers come first; later they take turns with what builds on the best.
    if len(history.tried) < OPENERS_FIRST or rng.random() < 0.5:
        yield from openers
    moves = _moves(history, peers, methods, rng, fit)
    for move in _shuffled(list(moves), rng):
        for _ in range(DRAWS):
            yield moves[move]()
    yield from openers
    for _ in range(100 * DRAWS):
        yield Proposal(sampled(tuple(METHODS), first, rng), Move.SAMPLE)


def _moves(
    history: History, peers: Sequence[Peer], methods: Sequence[str], rng: np.random.Generator, fit: Fit
) -> dict[Move, Callable[[], Proposal]]:
    """The moves that can be made now."""
    moves: dict[Move, Callable[[], Proposal]] = {
        Move.SAMPLE: lambda: Proposal(sampled(methods, fit, rng), Move.SAMPLE),
    }
    if history.promising:
        moves[Move.MUTATE] = lambda: _mutate(_favourite(history.promising, rng), fit, rng)
    if peers:
        peer = peers[0]
        moves[Move.REPEAT] = lambda: Proposal(peer.pipeline, Move.REPEAT, peer=peer)
        moves[Move.VARY] = lambda: Proposal(fitted(mutated(peer.pipeline, rng), fit), Move.VARY, peer=peer)
    if peers and history.promising:
        moves[Move.COMBINE] = lambda: _combine(_favourite(history.promising, rng), _favourite(peers, rng), fit, rng)
    return moves


def cheapest_that_tells(history: History) -> Fit:
    """A head, except where feedback shows improvements alone and the best is fine-tuned: then a head shows nothing."""
    best = history.best
    blind = history.mode == FeedbackMode.LADDER and best is not None and fit_of(best.pipeline) is Fit.TOP
    return Fit.TOP if blind else Fit.HEAD


def _mutate(parent: Tried, fit: Fit, rng: np.random.Generator) -> Proposal:
    return Proposal(fitted(mutated(parent.pipeline, rng), fit), Move.MUTATE, parent=parent)


def _combine(parent: Tried, peer: Peer, fit: Fit, rng: np.random.Generator) -> Proposal:
    pipeline = fitted(combined(parent.pipeline, peer.pipeline, rng), fit)
    return Proposal(pipeline, Move.COMBINE, parent=parent, peer=peer)


def _favourite(best_first: Sequence[T], rng: np.random.Generator) -> T:
    """Mostly the first."""
    return best_first[min(int(rng.geometric(0.6)) - 1, len(best_first) - 1)]


def _shuffled(moves: list[Move], rng: np.random.Generator) -> list[Move]:
    weights = np.array([WEIGHTS[move] for move in moves])
    return [moves[i] for i in rng.choice(len(moves), size=len(moves), replace=False, p=weights / weights.sum())]
