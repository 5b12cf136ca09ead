"""A finalist's transfer table and whether it counts, for every place that shows them."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import ConditionScore, Interval, Reproduction, Variation
from researchfleet_core.wire.sync import ReproductionState

from researchfleet.summary import words


@dataclass(frozen=True)
class Target:
    """One line of the transfer table: a testbed and student, reproduced and with each counterfactual that was run."""

    name: str
    student: str
    real: ConditionScore
    shuffled: ConditionScore | None
    random: ConditionScore | None


@dataclass(frozen=True)
class Verdict:
    """Whether a finalist counts, in words. mark: a sign that needs no colour; kind: good, bad or open."""

    mark: str
    kind: str
    words: str


def transfer(one: Reproduction) -> list[Target]:
    """The transfer table: every target and student that was run, in the order of the evaluator."""
    return [
        Target(
            name=testbed_name(score.target),
            student=score.student,
            real=score,
            shuffled=_beside(one, score, Variation.SHUFFLED_LABELS),
            random=_beside(one, score, Variation.RANDOM_STUDENT),
        )
        for score in one.conditions
        if score.variation is Variation.NONE
    ]


def verdict(one: Reproduction) -> Verdict:
    """Whether it counts, and why not."""
    if not one.state.over:
        return Verdict("…", "open", f"being reproduced: {one.delivered} of {one.runs} runs")
    if one.ranked:
        return Verdict("✓", "good", "counts: reproduced, and the counterfactuals lost it")
    why = words.line(one.why_not or "") or "no reason was given"
    return Verdict("✕", "bad", f"{'failed' if one.state is ReproductionState.FAILED else 'does not count'}: {why}")


def counterfactual(one: Reproduction, target: str, variation: Variation) -> Interval | None:
    """What a counterfactual left of the score on the testbed `target`; None where it was not run."""
    fitting = (s.pgr for s in one.conditions if s.variation is variation and testbed_name(s.target) == target)
    return next(fitting, None)


def testbed_name(target: str) -> str:
    """Of a version, `<name>@sha256:...`."""
    return target.partition("@")[0]


def _beside(one: Reproduction, real: ConditionScore, variation: Variation) -> ConditionScore | None:
    """The counterfactual of a line. A random student is a random version of one student: `<student>-random`."""
    names = {real.student, f"{real.student}-random"} if variation is Variation.RANDOM_STUDENT else {real.student}
    fitting = (s for s in one.conditions if s.variation is variation and s.target == real.target and s.student in names)
    return next(fitting, None)
