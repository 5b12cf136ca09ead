"""A small synthetic problem with precomputed features, so that methods are tested without any model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from researchfleet_agent.features import corpora, open_backbone
from researchfleet_agent.methods import Study
from researchfleet_agent.student import Backbone, FeatureStore
from researchfleet_agent.task import Task
from researchfleet_core.testbed import Row, row_id

POOL, TEST, WIDTH, LAYERS = 400, 400, 12, 3


@dataclass(frozen=True)
class Problem:
    """truth: of the test rows; weak: a teacher who is right on 7 of 10 rows, surer where it is right more often."""

    task: Task
    student: Path
    features: Path
    truth: NDArray[np.bool_]
    weak: NDArray[np.float64]

    @property
    def backbone(self) -> Backbone:
        return open_backbone(self.student, self.task, self.features)

    def study(self, weak: NDArray[np.float64] | None = None, *, seed: int = 0) -> Study:
        return Study(self.task, self.weak if weak is None else weak, self.backbone, seed=seed)

    def accuracy(self, predicted: NDArray[np.float64]) -> float:
        return float(((predicted > 0.5) == self.truth).mean())


def make_problem(folder: Path, *, grouped: bool = False) -> Problem:
    rng = np.random.default_rng(11)
    count = POOL + TEST
    label = np.arange(count) % 2
    rng.shuffle(label)
    layers = rng.normal(size=(LAYERS + 1, count, WIDTH))
    # The label shows in two features, and better the higher the layer; the rest is noise.
    for layer in range(LAYERS + 1):
        layers[layer, :, :2] += (2 * label - 1)[:, None] * (0.4 + 0.35 * layer)
    right = rng.random(POOL) < 0.7
    confidence = np.clip(rng.normal(np.where(right, 0.22, 0.12), 0.08), 0.01, 0.49)
    weak = 0.5 + np.where((label[:POOL] == 1) == right, confidence, -confidence)
    rows = [Row(row_id(str(at)), str(at), f"g{at // 4}" if grouped else None) for at in range(count)]
    task = Task("synthetic", "synthetic@sha256:0", "?", True, grouped, tuple(rows[:POOL]), tuple(rows[POOL:]))
    student = folder / "student"
    student.mkdir(parents=True)
    (student / "config.json").write_text(json.dumps({"num_hidden_layers": LAYERS, "hidden_size": WIDTH}))
    (student / "student.json").write_text(json.dumps({"digest": "sha256:synthetic"}))
    store = FeatureStore(folder / "features", "sha256:synthetic")
    for texts, part in zip(corpora(task), (slice(None, POOL), slice(POOL, None)), strict=True):
        store.put_pooled(texts, layers[:, part].astype(np.float32))
    return Problem(task, student, folder / "features", label[POOL:] == 1, weak)


@pytest.fixture(scope="session")
def problem(tmp_path_factory) -> Problem:
    return make_problem(tmp_path_factory.mktemp("problem"))


@pytest.fixture(scope="session")
def grouped_problem(tmp_path_factory) -> Problem:
    return make_problem(tmp_path_factory.mktemp("grouped"), grouped=True)


@pytest.fixture
def shuffled(problem) -> Callable[[int], NDArray[np.float64]]:
    return lambda seed: np.random.default_rng(seed).permutation(problem.weak)
