"""Whether a reproduced score may be ranked."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import ConditionScore, Variation
from researchfleet_core.wire.sync import ReproductionState

# A counterfactual that keeps this share of the gain shows that the gain is largely not weak-to-strong supervision.
MOST = 0.5


@dataclass(frozen=True)
class Verdict:
    """ranked: None while runs are missing; why_not: a sentence for people when it is False."""

    ranked: bool | None
    why_not: str | None = None


def judge(
    state: ReproductionState, ended: str | None, sealed: ConditionScore, counterfactuals: list[ConditionScore]
) -> Verdict:
    """The verdict on a finalist.

    sealed: its runs on the sealed rows; counterfactuals: the same with the labels permuted, and with a random student.
    Ranked when all of these hold, in this order:
    - the reproduction was not given up, and every sealed and counterfactual run delivered predictions;
    - the low end of the sealed PGR's 95 % interval is above 0: it beats its weak teachers, not by luck of seeds or rows;
    - no counterfactual's interval reaches half the reproduced PGR. Both are gains over the weak baseline: a random student with
      a trained head learns a bag of tokens from true weak labels, so it may come near the weak teacher and PGR 0, not above.
    """
    if not state.over:
        return Verdict(None)
    if state is ReproductionState.FAILED:
        return Verdict(False, f"the reproduction was given up before all runs were delivered: {ended}")
    if sealed.failed or sealed.pgr is None:
        return Verdict(False, f"{sealed.failed} of {sealed.runs} runs on the sealed rows failed")
    if sealed.pgr.low <= 0:
        return Verdict(False, f"its reproduced PGR {_interval(sealed)} may be 0 or less: no better than the weak teacher")
    limit = MOST * sealed.pgr.value
    for one in counterfactuals:
        name = _NAMES[one.variation]
        if one.failed or one.pgr is None:
            return Verdict(False, f"{one.failed} of {one.runs} runs with {name} failed, so nothing shows what its score comes from")
        if one.pgr.high >= limit:
            kept = f"with {name} its PGR is {_interval(one)}, which reaches half the reproduced {sealed.pgr.value:.2f}"
            return Verdict(False, f"{kept}: its score does not come from weak-to-strong supervision")
    return Verdict(True)


_NAMES = {Variation.SHUFFLED_LABELS: "the weak labels shuffled", Variation.RANDOM_STUDENT: "a randomly initialised student"}


def _interval(score: ConditionScore) -> str:
    assert score.pgr is not None
    return f"{score.pgr.value:.2f} [{score.pgr.low:.2f}, {score.pgr.high:.2f}]"
