"""How evenly findings spread over the eleven families, against values worked out by hand."""

from math import log, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from researchfleet_core.families import MAX_ENTROPY_BITS, Diversity, Family, diversity, entropy_bits

FAMILIES = list(Family)
LN2 = log(2)

BY_HAND = {
    "nothing has no entropy": ([], 0.0),
    "counts of zero are nothing": ([0, 0, 0], 0.0),
    "one family has no entropy, however often": ([7], 0.0),
    # 1 bit, and (2 - 1) / (2 * 2 ln 2) = 0.3607.
    "two findings in two families": ([1, 1], 1 + 1 / (4 * LN2)),
    # 2 bits, and (4 - 1) / (2 * 100 ln 2) = 0.0216.
    "a hundred findings even in four families": ([25, 25, 25, 25], 2 + 3 / (200 * LN2)),
    # -(3/4 log2 3/4 + 1/4 log2 1/4) = 0.8113, and 1 / (8 ln 2) = 0.1803.
    "three to one": ([3, 1], 0.8112781244591328 + 1 / (8 * LN2)),
    # -(1/2 log2 1/2 + 1/4 log2 1/4 + 1/4 log2 1/4) = 1.5, and 2 / (16 ln 2) = 0.1803.
    "families that were not seen do not count": ([4, 2, 0, 2], 1.5 + 2 / (16 * LN2)),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_entropy_by_hand(case):
    counts, bits = BY_HAND[case]
    assert entropy_bits(counts) == pytest.approx(bits, abs=1e-12)


def test_entropy_is_capped_at_that_of_eleven_even_families():
    # log2 11 = 3.459 bits already by plug-in; the correction would add 10 / (22 ln 2) = 0.656.
    assert entropy_bits([1] * 11) == MAX_ENTROPY_BITS == log2(11)


def test_the_correction_takes_most_of_the_bias_away():
    # 20 findings drawn evenly from eleven families: plug-in is 0.36 bits low, as the docstring says.
    draws = np.random.default_rng(1).integers(0, 11, (2000, 20))
    counts = [np.bincount(draw, minlength=11) for draw in draws]
    plug_in = np.mean([-sum(c / 20 * log2(c / 20) for c in count if c) for count in counts])
    corrected = np.mean([entropy_bits(count) for count in counts])
    assert log2(11) - plug_in == pytest.approx(0.36, abs=0.06)
    assert abs(log2(11) - corrected) < 0.5 * (log2(11) - plug_in)


@given(st.lists(st.integers(0, 50), max_size=11))
def test_entropy_stays_within_its_bounds_and_does_not_depend_on_order(counts):
    bits = entropy_bits(counts)
    assert 0 <= bits <= MAX_ENTROPY_BITS
    assert entropy_bits(sorted(counts)) == pytest.approx(bits, abs=1e-12)


def test_there_are_the_eleven_families_of_the_study():
    assert len(FAMILIES) == 11


def test_a_fleet_without_findings_has_no_diversity():
    assert diversity([]) == Diversity(bits=0.0, effective=1.0, low=0.0, high=0.0, findings=0)


def test_the_effective_number_of_a_single_family_is_one():
    one = diversity([Family.ENSEMBLE] * 9)
    assert (one.bits, one.effective, one.low, one.high, one.findings) == (0, 1, 0, 0, 9)


def test_only_the_last_findings_count():
    early = [Family.SELF_TRAINING] * 100
    late = [Family.ENSEMBLE, Family.CURRICULUM] * 10
    spread = diversity([*early, *late])
    assert spread.findings == 20
    assert spread.bits == pytest.approx(1 + 1 / (40 * LN2))
    assert spread.effective == pytest.approx(2**spread.bits)


@given(st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=40))
def test_the_interval_holds_the_value_and_is_the_same_every_time(findings):
    one = diversity(findings, resamples=50)
    assert 0 <= one.low <= one.bits <= one.high <= MAX_ENTROPY_BITS
    assert one == diversity(findings, resamples=50)


def test_the_interval_narrows_with_more_findings():
    few, many = (diversity(FAMILIES[:3] * times, window=1000) for times in (3, 100))
    assert many.high - many.low < 0.5 * (few.high - few.low)
