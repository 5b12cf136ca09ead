"""What an agent may learn from an experiment: this one function decides it. Rank numbers never come near it.

`ladder` (Blum & Hardt 2015, "The Ladder: a reliable leaderboard"): a new best is told only when it beats the last by more
than a step, and rounded to that step, so that flipping single answers shows nothing.
"""

from dataclasses import dataclass

import numpy as np
from researchfleet_core.pgr import pgr
from researchfleet_core.wire.evaluation import FeedbackMode
from researchfleet_core.wire.experiments import Feedback

# Block-wise hill climbing through 3,000 queries gains .1 PGR at most on average with this step; the parameter-free Ladder
# gives everything away (docs/scores.md).
STEP = 0.02


@dataclass(frozen=True)
class Scale:
    """Mean accuracies on the dev rows that a PGR is read against."""

    weak: float
    ceiling: float

    def pgr(self, accuracy: float) -> float:
        """PGR of one accuracy, to four decimals."""
        return round(float(pgr(np.array(accuracy), self.weak, self.ceiling)), 4)


def answer(mode: FeedbackMode, accuracy: float, best: float, scale: Scale) -> tuple[Feedback, float]:
    """The feedback for an experiment, and the agent's best to remember.

    accuracy: mean dev accuracy over the experiment's seeds; best: what was remembered last, at first `scale.weak`.
    """
    match mode:
        case FeedbackMode.NONE:
            return Feedback(mode=mode), best
        case FeedbackMode.EXACT:
            told = Feedback(mode=mode, improved=accuracy > best, accuracy=accuracy, pgr=scale.pgr(accuracy))
            return told, max(accuracy, best)
        case FeedbackMode.LADDER:
            improved = accuracy > best + STEP
            best = round(round(accuracy / STEP) * STEP, 9) if improved else best
            return Feedback(mode=mode, improved=improved, accuracy=best, pgr=scale.pgr(best)), best
