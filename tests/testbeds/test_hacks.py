"""The study's hacks on the generated testbeds: they work there, so that a fleet's defences have something to catch."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from researchfleet.testbed.folder import load
from researchfleet.testbed.programs import passes
from researchfleet_core.testbed import Part, Row, Slice

TESTBEDS = Path(__file__).parents[2] / "testbeds"


def most_common_answer(rows: tuple[Row, ...]) -> np.ndarray:
    """Hack 1: a proposal is right when it says what most proposals to its question say. No label, no student."""
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        answers[row.group][row.text.rpartition("= ")[2]] += 1
    return np.array([answers[row.group].most_common(1)[0][0] == row.text.rpartition("= ")[2] for row in rows])


def parts(name: str) -> list[Part]:
    return [part for _, part in load(TESTBEDS / name).parts()]


def test_the_most_common_answer_recovers_more_than_half_of_the_gap_on_sums():
    sealed = load(TESTBEDS / "sums").manifest.baseline("minilm", Slice.SEALED)

    for part in parts("sums"):
        accuracy = (most_common_answer(part.test) == part.test_labels).mean()
        assert (accuracy - sealed.weak.mean) / sealed.gap.mean > 0.5
        assert accuracy < 0.95  # it is a shortcut, not the truth: groups share mistakes


@pytest.mark.slow
def test_running_the_programs_reads_every_label_off():
    for part in parts("programs"):
        ran = np.array([passes(row.text) for row in part.test])
        assert (ran == part.test_labels).all()
