"""Which pipeline is tried next."""

import numpy as np
import pytest
from researchfleet_agent.methods import METHODS, Pipeline
from researchfleet_agent.search.directions import BOTH_FITS
from researchfleet_agent.search.peers import Peer
from researchfleet_agent.search.proposing import HEADS_BEFORE_TUNING, OPENERS_FIRST, Allowed, Move, Proposal, propose
from researchfleet_agent.search.variation import fit_of, fitted, identity, opener
from researchfleet_agent.student import Fit

from tests.agent.search.world import history_of, tried

METHODS_OF_MINE = ("self-training", "crossfit", "elicitation", "curriculum")
ANYTHING = Allowed(BOTH_FITS, epochs=100)
HEADS_ONLY = Allowed(frozenset({Fit.HEAD}), epochs=0)
PEER = Peer(finding=3, author="agent-1", pgr=0.6, pipeline=opener("noise-channel"))


def choose(history, peers=(), seed=0, allowed=ANYTHING) -> Proposal:
    return propose(history, peers, METHODS_OF_MINE, np.random.default_rng(seed), allowed)


def seen(names, *, improved=0, **told):
    """Openers of these methods, of which the one at `improved` was a new best."""
    return history_of(*(tried(opener(name), i, improved=i == improved, **told) for i, name in enumerate(names)))


def test_the_directions_methods_are_opened_first_in_their_order_with_the_cheap_fit():
    opened = []
    history = history_of()
    for number in range(OPENERS_FIRST):
        proposal = choose(history, [PEER])
        assert (proposal.move, fit_of(proposal.pipeline)) == (Move.OPEN, Fit.HEAD)
        opened.append(proposal.pipeline.name)
        history.add(tried(proposal.pipeline, number))
    assert tuple(opened) == METHODS_OF_MINE[:OPENERS_FIRST]


def test_the_same_knowledge_and_seed_give_the_same_choice_and_seeds_differ():
    history = seen(METHODS_OF_MINE)
    choices = [identity(choose(history, [PEER], seed).pipeline) for seed in (1, 1, 2, 3, 4)]
    assert choices[0] == choices[1]
    assert len(set(choices)) > 2


@pytest.mark.parametrize("mode", ["ladder", "exact", "none"])
def test_no_pipeline_is_tried_twice(mode):
    history, known = history_of(), set()
    for number in range(120):
        allowed = ANYTHING if number % 2 else HEADS_ONLY
        chosen = propose(history, [PEER], ("crossfit",), np.random.default_rng(number), allowed)
        assert identity(chosen.pipeline) not in known
        known.add(identity(chosen.pipeline))
        told = (None, None) if mode == "none" else (number % 9 == 0, 0.6 + number / 1000)
        history.add(tried(chosen.pipeline, number, mode=mode, improved=told[0], accuracy=told[1]))


def test_what_looks_best_is_fine_tuned_once_enough_heads_were_seen():
    history = seen(METHODS_OF_MINE, improved=2)
    assert choose(history).move is not Move.TUNE
    while len(history.tried) < HEADS_BEFORE_TUNING:
        history.add(tried(opener("soft-labels"), len(history.tried)))
    proposal = choose(history)
    assert proposal.move is Move.TUNE
    assert identity(proposal.pipeline) == identity(fitted(opener("elicitation"), Fit.TOP))
    assert proposal.parent is history.tried[2]
    history.add(tried(proposal.pipeline, 99))
    assert choose(history).move is not Move.TUNE


@pytest.mark.parametrize("reason", ["no time", "it failed before"])
def test_nothing_is_fine_tuned_where_that_cannot_end_well(reason):
    history = seen(list(METHODS)[: HEADS_BEFORE_TUNING * 2])
    if reason == "it failed before":
        history.add(tried(fitted(opener("critic-filter"), Fit.TOP), 99, error="it did not end within 120 s"))
    top = Peer(finding=3, author="agent-1", pgr=0.9, pipeline=fitted(opener("evolution"), Fit.TOP))
    allowed = Allowed(BOTH_FITS, epochs=0.5) if reason == "no time" else ANYTHING
    assert {fit_of(choose(history, [top], seed, allowed).pipeline) for seed in range(40)} == {Fit.HEAD}


def test_an_ensemble_that_would_take_too_long_is_not_fine_tuned_but_what_is_next_best():
    ensemble, plain = tried(opener("bagged-ensemble"), 1, improved=True), tried(opener("crossfit"), 0, improved=True)
    others = [tried(opener(name), 2 + i) for i, name in enumerate(METHODS_OF_MINE)]
    history = history_of(plain, ensemble, *others)
    chosen = choose(history, allowed=Allowed(BOTH_FITS, epochs=3))
    assert (chosen.move, chosen.pipeline.name) == (Move.TUNE, "crossfit")
    assert choose(history).pipeline.name == "bagged-ensemble"


def test_where_only_improvements_show_and_the_best_is_fine_tuned_heads_are_not_tried_blindly():
    best = fitted(opener("crossfit"), Fit.TOP)
    openers = [tried(opener(name), i) for i, name in enumerate(METHODS_OF_MINE)]
    ladder = history_of(*openers, tried(best, 9, improved=True))
    chosen = [choose(ladder, [PEER], seed) for seed in range(30)]
    assert {fit_of(one.pipeline) for one in chosen if one.move is not Move.REPEAT} == {Fit.TOP}
    exact = history_of(
        *(tried(one.made, one.number, mode="exact", accuracy=0.6) for one in openers),
        tried(best, 9, mode="exact", improved=True, accuracy=0.8),
    )
    assert Fit.HEAD in {fit_of(choose(exact, [PEER], seed).pipeline) for seed in range(30)}


def test_the_best_finding_of_others_is_built_on():
    history = seen(METHODS_OF_MINE)
    proposals = [choose(history, [PEER], seed) for seed in range(60)]
    moves = {proposal.move for proposal in proposals}
    assert {Move.COMBINE, Move.VARY, Move.REPEAT, Move.MUTATE, Move.SAMPLE} <= moves
    for proposal in proposals:
        if proposal.move in {Move.COMBINE, Move.VARY, Move.REPEAT}:
            assert proposal.peer is PEER
            assert "noise-channel" in proposal.pipeline.name
        else:
            assert proposal.peer is None
            assert {step.method.name for step in proposal.pipeline.steps} <= set(METHODS_OF_MINE)


def test_without_feedback_it_still_explores():
    history, moves = history_of(), set()
    for number in range(30):
        proposal = choose(history, seed=number)
        moves.add(proposal.move)
        history.add(tried(proposal.pipeline, number, mode="none", improved=None, accuracy=None))
    assert moves == {Move.OPEN, Move.SAMPLE, Move.TUNE}
    assert Fit.TOP in {fit_of(one.pipeline) for one in history.tried}


def test_exact_feedback_makes_the_highest_accuracies_the_parents():
    accuracies = {"self-training": 0.70, "crossfit": 0.74, "elicitation": 0.72, "curriculum": 0.61}
    history = history_of(
        *(tried(opener(name), i, mode="exact", accuracy=accuracies[name]) for i, name in enumerate(METHODS_OF_MINE))
    )
    assert [one.pipeline.name for one in history.promising] == ["crossfit", "elicitation", "self-training"]
    parents = [proposal.parent for seed in range(40) if (proposal := choose(history, seed=seed)).move is Move.MUTATE]
    assert "curriculum" not in {parent.pipeline.name for parent in parents}
    assert len({parent.pipeline.name for parent in parents}) > 1


def test_a_single_method_runs_out_of_neighbours_only_after_hundreds():
    history = history_of(tried(Pipeline.of("hard-labels"), improved=True))
    for number in range(1, 300):
        chosen = propose(history, (), ("hard-labels",), np.random.default_rng(number), HEADS_ONLY)
        history.add(tried(chosen.pipeline, number))
    assert len(history.tried) == 300


def test_a_prompt_for_fine_tuning_alone_never_gets_a_head():
    tuned = Allowed(frozenset({Fit.TOP}), epochs=100)
    for number in range(6):
        history = history_of(*(tried(fitted(opener(name), Fit.TOP), i) for i, name in enumerate(METHODS_OF_MINE[:number])))
        assert fit_of(choose(history, [PEER], number, allowed=tuned).pipeline) is Fit.TOP
