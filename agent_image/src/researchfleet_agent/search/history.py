"""What the researcher knows from its own experiments."""

from collections.abc import Iterable
from dataclasses import dataclass

from researchfleet_core.wire.evaluation import FeedbackMode

from researchfleet_agent.methods import Pipeline
from researchfleet_agent.search.journal import Record
from researchfleet_agent.search.variation import fit_of, identity
from researchfleet_agent.student import Fit


@dataclass(frozen=True)
class Tried:
    """A pipeline that was registered, and the record of it."""

    pipeline: Pipeline
    record: Record

    @property
    def improved(self) -> bool:
        """Whether the evaluator said that it beat all before it."""
        return self.record.feedback is not None and self.record.feedback.improved is True

    @property
    def accuracy(self) -> float:
        """Dev accuracy of this very experiment, where the feedback tells it; else minus infinity."""
        told = self.record.feedback
        if told is None or told.accuracy is None or told.mode != FeedbackMode.EXACT:
            return float("-inf")
        return told.accuracy


class History:
    """Own experiments in order. Those that failed count as tried."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.tried: list[Tried] = []
        self._known: set[str] = set()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """One more, when all that will be known of it is known."""
        one = Tried(record.made, record)
        self.tried.append(one)
        self._known.add(identity(one.pipeline))

    def knows(self, pipeline: Pipeline) -> bool:
        """Whether a pipeline that does the same was tried."""
        return identity(pipeline) in self._known

    @property
    def mode(self) -> str | None:
        """How feedback is bounded; None before the first."""
        return next((told.mode for one in reversed(self.tried) if (told := one.record.feedback) is not None), None)

    @property
    def improvements(self) -> list[Tried]:
        """Experiments that were a new best, newest first."""
        return [one for one in reversed(self.tried) if one.improved]

    @property
    def best(self) -> Tried | None:
        """The best as far as the feedback tells."""
        return next((one for one in reversed(self.tried) if one.improved), None)

    @property
    def promising(self) -> list[Tried]:
        """What is worth building on, best first: by accuracy where it is told, else the last two improvements."""
        if self.mode == FeedbackMode.EXACT:
            return sorted(self.tried, key=lambda one: (-one.accuracy, one.record.number))[:3]
        return self.improvements[:2]

    @property
    def tuning_failed(self) -> bool:
        """Whether a fine-tuned run failed: too slow for its limits, too large, or no torch in this sandbox."""
        return any(one.record.error is not None and fit_of(one.pipeline) is Fit.TOP for one in self.tried)

    def since_tuned(self) -> int:
        """How many experiments with a head only came after the last fine-tuned one (after the start if there was none)."""
        return next(
            (count for count, one in enumerate(reversed(self.tried)) if fit_of(one.pipeline) is Fit.TOP), len(self.tried)
        )
