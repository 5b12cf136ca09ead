"""Whether a finalist counts, and what is left of it where it must fall."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import Interval, Reproduction, Variation
from researchfleet_core.wire.sync import ReproductionState

from researchfleet.summary import words


@dataclass(frozen=True)
class Verdict:
    """Whether a finalist counts, in words. mark: a sign that needs no colour; kind: good, bad or open."""

    mark: str
    kind: str
    words: str


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
