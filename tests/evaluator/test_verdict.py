"""When a reproduced score is ranked."""

import pytest
from researchfleet_core.wire.evaluation import ConditionScore, Interval, Variation
from researchfleet_core.wire.sync import ReproductionState
from researchfleet_evaluator.reproduction.verdict import judge

DONE, FAILED, RUNNING = ReproductionState.DONE, ReproductionState.FAILED, ReproductionState.RUNNING
GOOD = (0.40, 0.30, 0.50)
LOW = (-0.60, -0.90, -0.30)


def line(variation, pgr, failed=0):
    interval = None if pgr is None else Interval(value=pgr[0], low=pgr[1], high=pgr[2])
    return ConditionScore(
        target="t",
        student="s",
        variation=variation,
        runs=3,
        failed=failed,
        weak=0.6,
        ceiling=0.8,
        accuracy=interval,
        pgr=interval,
    )


@pytest.mark.parametrize(
    ("state", "sealed", "shuffled", "random_student", "ranked", "why_not"),
    [
        (DONE, GOOD, LOW, LOW, True, None),
        (RUNNING, GOOD, LOW, LOW, None, None),
        (FAILED, GOOD, LOW, LOW, False, "given up before all runs were delivered: out of memory"),
        # the interval test on the sealed rows
        (DONE, (0.10, 0.01, 0.20), LOW, LOW, True, None),
        (DONE, (0.10, 0.00, 0.20), LOW, LOW, False, "0.10 [0.00, 0.20] may be 0 or less"),
        (DONE, (-0.10, -0.20, -0.01), LOW, LOW, False, "no better than the weak teacher"),
        # a counterfactual near the weak teacher is fine, one whose interval reaches half the gain is not
        (DONE, GOOD, LOW, (0.05, -0.10, 0.19), True, None),
        (DONE, GOOD, LOW, (0.05, -0.10, 0.20), False, "with a randomly initialised student its PGR is 0.05 [-0.10, 0.20]"),
        (DONE, GOOD, (0.40, 0.30, 0.50), LOW, False, "with the weak labels shuffled its PGR is 0.40"),
        (DONE, GOOD, (0.10, -0.40, 0.60), LOW, False, "does not come from weak-to-strong supervision"),
        # always the most common answer: accuracy .5 with and without labels
        (DONE, LOW, LOW, LOW, False, "no better than the weak teacher"),
        # no evidence is no evidence
        (DONE, GOOD, None, LOW, False, "3 of 3 runs with the weak labels shuffled failed, so nothing shows"),
        (DONE, GOOD, LOW, None, False, "3 of 3 runs with a randomly initialised student failed, so nothing shows"),
        (DONE, None, LOW, LOW, False, "3 of 3 runs on the sealed rows failed"),
    ],
)
def test_a_finalist_is_ranked_only_when_it_beats_the_weak_teacher_and_both_counterfactuals_fell(
    state, sealed, shuffled, random_student, ranked, why_not
):
    lines = [
        line(variation, pgr, 0 if pgr else 3)
        for variation, pgr in zip(Variation, (sealed, shuffled, random_student), strict=True)
    ]
    verdict = judge(state, "out of memory" if state is FAILED else None, lines[0], lines[1:])
    assert verdict.ranked is ranked
    assert verdict.why_not is None if why_not is None else why_not in verdict.why_not


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_failed_run_of_the_three_that_decide_is_enough_not_to_be_ranked(which):
    lines = [line(variation, pgr) for variation, pgr in zip(Variation, (GOOD, LOW, LOW), strict=True)]
    lines[which] = lines[which].model_copy(update={"failed": 1})
    assert judge(DONE, None, lines[0], lines[1:]).ranked is False
