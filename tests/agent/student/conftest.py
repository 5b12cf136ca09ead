import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from researchfleet_core.testbed import Row, row_id

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def built_students(tmp_path_factory) -> Path:
    """The folder `students build` writes."""
    from researchfleet_agent.students import build

    out = tmp_path_factory.mktemp("students")
    build(out)
    return out


@pytest.fixture(scope="session")
def tiny_causal_folder(tmp_path_factory) -> Path:
    from tiny_models import tiny_causal

    return tiny_causal(tmp_path_factory.mktemp("tiny") / "causal")


@pytest.fixture(scope="session", params=["minilm", "minilm-cut3", "tiny causal"])
def student_folder(request) -> Path:
    """Every kind of student that has to pass the contract."""
    if request.param == "tiny causal":
        return request.getfixturevalue("tiny_causal_folder")
    return request.getfixturevalue("built_students") / request.param


def as_rows(texts: Sequence[str]) -> list[Row]:
    return [Row(row_id(text), text) for text in texts]


@pytest.fixture(scope="session")
def sentences() -> tuple[list[Row], NDArray[np.float64]]:
    """32 short texts and their labels: which of two groups of words they end on."""
    rng = np.random.default_rng(5)
    texts, labels = [], []
    for number in range(32):
        label = number % 2
        words = rng.integers(0, 20, 3).tolist() + (rng.integers(20, 40, 3) + 20 * label).tolist()
        texts.append(" ".join(f"w{word}" for word in words))
        labels.append(float(label))
    return as_rows(texts), np.array(labels)
