"""A tiny testbed built for real, with a quick student in place of a transformer."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from researchfleet.testbed.build import build
from researchfleet.testbed.places import read_yaml
from researchfleet.testbed.spec import Spec, read_spec
from researchfleet.testbed.sums import SURE, UNSURE
from researchfleet_core.testbed import SUMS, FloatArray, LabelArray, Recipe, Testbed, sums
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

Files = dict[str, bytes]

SPEC = """\
name: tiny
use: research
question: Does the speaker feel good?
rows: rows.jsonl
licence: LICENSE
source: {title: Moods, package: none, provenance: made up for tests, citation: none, licence: CC0-1.0}
agent: {pool: 300, dev: 120, rank: 120}
sealed: {pool: 300, test: 120}
teachers: {labels: 12, agent: 5, sealed: 5}
students: [bag-of-words]
ceiling_seeds: 3
seed: 7
"""


class BagOfWords:
    """A trainer that is a real model, fitted to the labels it is given, but takes milliseconds."""

    recipe = Recipe(fit="bag of words", parameters={"C": 10})

    def predict(self, task: Mapping[str, bytes], labels: LabelArray, student: str, seeds: Sequence[int]) -> list[FloatArray]:
        pool, test = (
            [json.loads(line)["text"] for line in task[name].splitlines()] for name in ("pool.jsonl", "test.jsonl")
        )
        fitted = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)).fit(pool, labels)
        return [fitted.predict_proba(test)[:, 1].astype(np.float32) for _ in seeds]


def moods(count: int, seed: int = 1) -> list[dict[str, str | int]]:
    """Labelled rows whose text says something about the label, each text once."""
    rng = random.Random(seed)  # noqa: S311
    rows: dict[str, dict[str, str | int]] = {}
    while len(rows) < count:
        label = rng.randint(0, 1)
        first, second = rng.sample((SURE if label else UNSURE).split(), 2)
        text = f"On day {rng.randint(1, 999)} I felt {first} and {second}."
        rows[text] = {"text": text, "label": label}
    return list(rows.values())


def write_source(folder: Path, rows: Sequence[Mapping[str, str | int]], spec: str = SPEC) -> Path:
    """Rows, licence and spec in a folder; returns the spec's path."""
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "LICENSE").write_text("CC0-1.0\n", encoding="utf-8")
    path = folder / "spec.yaml"
    path.write_text(spec, encoding="utf-8")
    return path


def built(spec: Spec) -> Files:
    return build(spec, BagOfWords(), lambda _: None)


def read(files: Files) -> Testbed:
    """The testbed of files as they are, with the sums they should have."""
    return Testbed.from_files(files | {SUMS: sums(files)}, read_yaml)


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return built(read_spec(write_source(tmp_path_factory.mktemp("tiny"), moods(1200))))


@pytest.fixture
def tiny(tiny_files: Files) -> Testbed:
    return read(tiny_files)


@pytest.fixture
def tampered(tiny_files: Files) -> Iterator[Callable[[str, bytes], Testbed]]:
    """Reads the tiny testbed with one file replaced and the sums made to match, as somebody who means it would."""
    yield lambda name, content: read(tiny_files | {name: content})
