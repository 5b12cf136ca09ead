"""Whether a reproduced score may be ranked."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import ConditionScore, Interval, Variation
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
    Ranked when all of these hold, looked at in this order:
    - the reproduction was not given up, and every sealed and counterfactual run delivered predictions;
    - the low end of the sealed PGR's 95 % interval is above 0: it beats its weak teachers, not by luck of seeds or rows;
    - no counterfactual's interval reaches half the reproduced PGR. Both are gains over the weak baseline: a random student
      with a trained head learns a bag of tokens from true weak labels, so it may come near the weak teacher, PGR 0.
    """
    if not state.over:
        return Verdict(None)
    if state is ReproductionState.FAILED:
        return Verdict(False, f"the reproduction was given up before all runs were delivered: {ended}")
    faults = [_sealed_fault(sealed), *(_kept(one, sealed) for one in counterfactuals)]
    why_not = next((fault for fault in faults if fault), None)
    return Verdict(why_not is None, why_not)


_NAMES = {Variation.SHUFFLED_LABELS: "the weak labels shuffled", Variation.RANDOM_STUDENT: "a randomly initialised student"}


def _sealed_fault(sealed: ConditionScore) -> str | None:
    """What keeps the sealed runs from being a result."""
    if sealed.failed or sealed.pgr is None:
        return f"{sealed.failed} of {sealed.runs} runs on the sealed rows failed"
    if sealed.pgr.low <= 0:
        return f"its reproduced PGR {_shown(sealed.pgr)} may be 0 or less: no better than the weak teacher"
    return None


def _kept(counterfactual: ConditionScore, sealed: ConditionScore) -> str | None:
    """What a counterfactual kept of the gain that it had to destroy, if that is too much or unknown."""
    name = _NAMES[counterfactual.variation]
    if counterfactual.failed or counterfactual.pgr is None:
        failed = f"{counterfactual.failed} of {counterfactual.runs} runs with {name} failed"
        return f"{failed}, so nothing shows what its score comes from"
    reproduced = sealed.pgr.value if sealed.pgr else 0.0
    if counterfactual.pgr.high < MOST * reproduced:
        return None
    reached = f"with {name} its PGR is {_shown(counterfactual.pgr)}, which reaches half the reproduced {reproduced:.2f}"
    return f"{reached}: its score does not come from weak-to-strong supervision"


def _shown(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
