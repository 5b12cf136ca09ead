"""The ceiling: the strong student trained on true labels, by the agents' own environment.

A ceiling is a run of a snapshot (docs/snapshots.md) that fits the student to the labels it is given as they are; it is
given the true ones in place of a weak teacher's.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
from researchfleet_core.families import Family
from researchfleet_core.testbed import FloatArray, LabelArray, Recipe, TestbedError, dump_array
from researchfleet_core.wire.snapshots import MANIFEST, Manifest

ENTRY = "run.py"
METHOD = "hard-labels"
PROGRAM = f'''"""Fits the student to the labels it is given, by the recipe in {MANIFEST}."""

import json
from pathlib import Path

from researchfleet_agent.methods.program import main

if __name__ == "__main__":
    main(json.loads((Path(__file__).parent / "{MANIFEST}").read_text(encoding="utf-8"))["parameters"])
'''
# The stronger of what an agent would plausibly do with true labels, measured on visible rows (docs/testbeds.md).
RECIPE = Recipe(fit="top", parameters={"epochs": 4, "learning_rate": 3e-4})
# Fine-tuning on 2,000 rows takes a minute of one busy core; a run that takes this long hangs.
RUN_LIMIT_S = 3600
LAST_LINES = 12


class Trainer(Protocol):
    """Something that fits a student to labels by one fixed recipe."""

    recipe: Recipe

    def predict(self, task: Mapping[str, bytes], labels: LabelArray, student: str, seeds: Sequence[int]) -> list[FloatArray]:
        """P(label = 1) of the test rows, an array [test rows] a seed, after fitting the pool to `labels` [pool rows]."""


def snapshot(recipe: Recipe) -> dict[str, str]:
    """The files of the ceiling's snapshot: the method library's naive fit with the recipe's parameters."""
    step = {"method": METHOD, "parameters": {"fit": recipe.fit, **recipe.parameters}}
    manifest = Manifest(title="Ceiling", family=Family.OTHER, parameters={"steps": [step]}, entry=ENTRY)
    return {MANIFEST: json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n", ENTRY: PROGRAM}


class AgentPython:
    """Runs the ceiling's snapshot with the Python of an agent environment.

    students: a folder of `transformers` model folders by name; the bundled ones are built there when it has not one that
    is asked for.
    """

    def __init__(self, python: Path, students: Path) -> None:
        self.python = python
        self.students = students

    recipe = RECIPE

    def predict(self, task: Mapping[str, bytes], labels: LabelArray, student: str, seeds: Sequence[int]) -> list[FloatArray]:
        """As Trainer says. Raises TestbedError when the student is unknown or a run fails."""
        model = self._student(student)
        with TemporaryDirectory(prefix="researchfleet-ceiling-") as scratch:
            work = Path(scratch)
            files = {f"task/{name}": content for name, content in task.items()}
            files |= {f"snapshot/{name}": content.encode() for name, content in snapshot(self.recipe).items()}
            files["labels.npy"] = dump_array(labels.astype(np.float32))
            for name, content in files.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(content)
            inputs = ["--task", str(work / "task"), "--student", str(model)]
            # Once for all seeds: most of a run's time would go into features that are the same in each.
            self._run(["-m", "researchfleet_agent.features", "build", *inputs, "--out", str(work / "features")], work)
            return [self._one(work, inputs, seed) for seed in seeds]

    def _one(self, work: Path, inputs: list[str], seed: int) -> FloatArray:
        out = work / f"predictions-{seed}.json"
        arguments = [*inputs, "--weak-labels", str(work / "labels.npy"), "--seed", str(seed), "--out", str(out)]
        self._run([str(work / "snapshot" / ENTRY), *arguments], work)
        return np.array(json.loads(out.read_bytes()), np.float32)

    def _student(self, name: str) -> Path:
        if not (self.students / name).is_dir():
            self._run(["-m", "researchfleet_agent.students", "build", "--out", str(self.students)], self.students.parent)
        if not (self.students / name).is_dir():
            there = ", ".join(sorted(path.name for path in self.students.iterdir() if path.is_dir()))
            raise TestbedError("students", f"{name!r} is not allowed ({there}, the folders of {self.students})")
        return self.students / name

    def _run(self, arguments: list[str], work: Path) -> None:
        command = [str(self.python), *arguments]
        features = {"RESEARCHFLEET_FEATURES": str(work / "features"), "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                command, env=os.environ | features, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False
            )
        except OSError as error:
            raise TestbedError(
                str(self.python), f"can't be run ({error.strerror}); name the Python of an agent environment"
            ) from None
        except subprocess.TimeoutExpired:
            raise TestbedError("ceiling", f"`{' '.join(command)}` did not end within {RUN_LIMIT_S} s") from None
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
            raise TestbedError("ceiling", f"`{' '.join(command)}` failed with {done.returncode}:\n{said}")
