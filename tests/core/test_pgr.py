"""Performance gap recovered: values worked out by hand, intervals against a plain bootstrap and against simulated truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from researchfleet_core.pgr import NoGapError, accuracy_interval, bootstrap_interval, paired_difference, pgr

WEAK, CEILING = 0.6, 0.8


def outcomes(draw, seeds, rows, accuracy=0.7, seed_spread=0.0, row_spread=0.0):
    """Right or not, bool [seeds, rows], where seeds and rows have effects of their own."""
    chance = accuracy + seed_spread * draw.standard_normal((seeds, 1)) + row_spread * draw.standard_normal((1, rows))
    return draw.random((seeds, rows)) < chance


@pytest.mark.parametrize(("accuracy", "value"), [(0.6, 0.0), (0.8, 1.0), (0.7, 0.5), (0.5, -0.5), (1.0, 2.0)], ids=str)
def test_pgr_is_the_share_of_the_gap_and_is_not_clipped(accuracy, value):
    assert pgr(np.array([accuracy]), WEAK, CEILING) == pytest.approx([value])


def test_the_studys_baselines_give_pgr_zero_and_one():
    assert pgr(np.array([0.5280, 0.7325]), 0.5280, 0.7325) == pytest.approx([0, 1])


@pytest.mark.parametrize("ceiling", [0.6499, 0.6, 0.3, float("nan")])
def test_without_a_gap_there_is_no_pgr(ceiling):
    right = np.ones((2, 3), dtype=bool)
    with pytest.raises(NoGapError, match=r"weak accuracy 0\.6000"):
        pgr(np.array([0.7]), WEAK, ceiling)
    with pytest.raises(NoGapError):
        bootstrap_interval(right, WEAK, ceiling)
    with pytest.raises(NoGapError):
        paired_difference(right, right, WEAK, ceiling)


def test_the_smallest_allowed_gap_is_allowed():
    assert pgr(np.array([0.65]), 0.6, 0.65) == pytest.approx([1.0])


def test_an_interval_holds_the_value_and_the_same_input_gives_the_same_interval():
    right = outcomes(np.random.default_rng(1), 3, 1000)
    first = bootstrap_interval(right, WEAK, CEILING)
    assert first == bootstrap_interval(right.copy(), WEAK, CEILING)
    assert first.value == pytest.approx((right.mean() - WEAK) / (CEILING - WEAK))
    assert first.low < first.value < first.high


def test_rows_that_are_all_right_leave_no_doubt():
    interval = accuracy_interval(np.ones((3, 50), dtype=bool))
    assert (interval.value, interval.low, interval.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,), (2, 2, 2)])
def test_shapes_that_are_not_seeds_by_rows_are_refused(shape):
    with pytest.raises(ValueError, match=r"\[seeds, rows\]"):
        accuracy_interval(np.ones(shape, dtype=bool))


def test_the_interval_is_that_of_a_plain_bootstrap_over_seeds_and_rows():
    right = outcomes(np.random.default_rng(2), 4, 300, seed_spread=0.03, row_spread=0.2)
    draw = np.random.default_rng(3)
    means = [right[draw.integers(0, 4, 4)][:, draw.integers(0, 300, 300)].mean() for _ in range(4000)]
    low, high = np.quantile(means, [0.025, 0.975])
    interval = accuracy_interval(right)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.004)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(4)
    hits = 0
    for _ in range(80):
        interval = accuracy_interval(outcomes(draw, 5, 400, seed_spread=0.01, row_spread=0.1))
        hits += interval.low <= 0.7 <= interval.high
    assert 0.86 <= hits / 80 <= 1.0


def test_more_rows_make_a_narrower_interval():
    draw = np.random.default_rng(5)
    few, many = (accuracy_interval(outcomes(draw, 3, rows)) for rows in (100, 2500))
    assert many.high - many.low < (few.high - few.low) / 3


def test_pairing_takes_out_what_both_methods_share():
    draw = np.random.default_rng(6)
    base = outcomes(draw, 5, 1000, row_spread=0.3)
    better = base | (draw.random(base.shape) < 0.05)
    paired = paired_difference(better, base, WEAK, CEILING)
    alone = [bootstrap_interval(one, WEAK, CEILING) for one in (better, base)]
    assert paired.value == pytest.approx(alone[0].value - alone[1].value)
    assert paired.low > 0
    assert paired.high - paired.low < (alone[0].high - alone[0].low) / 2


def test_a_method_against_itself_differs_by_nothing():
    right = outcomes(np.random.default_rng(7), 3, 200)
    difference = paired_difference(right, right, WEAK, CEILING)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_methods_on_different_seeds_or_rows_are_not_paired():
    with pytest.raises(ValueError, match="not paired"):
        paired_difference(np.ones((2, 3), dtype=bool), np.ones((3, 2), dtype=bool), WEAK, CEILING)


def test_exchanging_the_methods_turns_the_difference_around():
    draw = np.random.default_rng(8)
    first, second = outcomes(draw, 3, 300), outcomes(draw, 3, 300, accuracy=0.6)
    there, back = paired_difference(first, second, WEAK, CEILING), paired_difference(second, first, WEAK, CEILING)
    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=0.03)


@given(st.integers(1, 4), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_any_outcome_has_an_interval_within_zero_and_one_around_its_mean(seeds, rows, seed, accuracy):
    right = outcomes(np.random.default_rng(seed), seeds, rows, accuracy)
    interval = accuracy_interval(right)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.value == right.mean()
