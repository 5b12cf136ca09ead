"""Runs of pipelines on bundled testbeds, scored with their true labels: what the science benchmarks share.

They run outside any fleet, by a person who holds the labels. Nothing here is reachable from a sandbox.
"""

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from researchfleet.testbed.folder import load
from researchfleet_agent.methods.pipeline import Pipeline
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.backbone import Backbone
from researchfleet_agent.task import Task
from researchfleet_core.testbed import Part, Role, Slice, Testbed

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = ROOT / ".cache" / "students"
FEATURES = {Role.AGENT: ROOT / ".cache" / "features" / "agent", Role.REPRODUCTION: ROOT / ".cache" / "features" / "sealed"}

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """One pipeline, as JSON content, with one seed; teacher: which weak teacher's labels it learns from."""

    testbed: str
    role: Role
    student: str
    pipeline: str
    seed: int
    teacher: int


@cache
def testbed(name: str) -> Testbed:
    """A bundled testbed."""
    return load(ROOT / "testbeds" / name)


@cache
def _backbone(name: str, role: Role, student: str) -> Backbone:
    part = testbed(name).part(role)
    backbone = Backbone(STUDENTS / student, FEATURES[role])
    for rows in (part.pool, part.test):
        backbone.know([row.text for row in rows])
    return backbone


@cache
def _task(name: str, role: Role) -> tuple[Task, Part]:
    bed, part = testbed(name), testbed(name).part(role)
    told = bed.manifest.task
    return Task(name, bed.version, told.question, told.balanced, told.grouped, part.pool, part.test), part


def correct(trial: Trial) -> BoolArray:
    """Which test rows the trial gets right, bool [test rows]."""
    task, part = _task(trial.testbed, trial.role)
    weak = part.weak[trial.teacher].astype(np.float64)
    study = Study(task, weak, _backbone(trial.testbed, trial.role, trial.student), seed=trial.seed)
    predictions = Pipeline.from_json(json_of(trial.pipeline)).run(study)
    return np.asarray((predictions >= 0.5) == (part.test_labels == 1))


def json_of(text: str) -> dict[str, object]:
    """The content of a pipeline written as JSON; text, because a Trial is hashed and sent between processes."""

    content: dict[str, object] = json.loads(text)
    return content


def seeds(count: int, teachers: int, first: int = 0) -> list[tuple[int, int]]:
    """`count` pairs (seed, teacher) that go through the teachers in turn."""
    return [(1000 + first + i, (first + i) % teachers) for i in range(count)]


def baselines(name: str, student: str, part: Slice) -> tuple[float, float]:
    """Mean weak accuracy and ceiling of a testbed's slice and student."""
    for one in testbed(name).manifest.baselines:
        if one.student == student and one.slice is part:
            return one.weak.mean, one.ceiling.mean
    raise SystemExit(f"testbed {name} has no baseline for student {student} on slice {part}")


def pool() -> ProcessPoolExecutor:
    """As many single-threaded workers as there are cores."""
    return ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn"), initializer=_one_thread)


def _one_thread() -> None:
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)


def run_all(workers: ProcessPoolExecutor, trials: Iterable[Trial]) -> Iterator[BoolArray]:
    """The results of trials in their order, computed on all cores."""
    return workers.map(correct, trials)
