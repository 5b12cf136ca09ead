"""What is run: the plan and the task folders of the archive, held in the driver's memory alone.

Every run gets its own copy of what it needs and nothing else: no other run's weak labels, no other task.
"""

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from researchfleet_core.wire.evaluation import ReproductionPlan, ReproductionRun

from researchfleet_agent.hub.unpacking import plain_files

PLAN = "plan.json"
TASK_FILES = ("task.json", "pool.jsonl", "test.jsonl")


class InputsError(ValueError):
    """The archive or the students of this sandbox do not have what the plan names."""


@dataclass(frozen=True)
class Laid:
    """Where a run finds its inputs."""

    task: Path
    weak_labels: Path


@dataclass(frozen=True)
class Inputs:
    """files: of the archive by name."""

    plan: ReproductionPlan
    files: dict[str, bytes]

    @classmethod
    def read(cls, archive: bytes) -> "Inputs":
        """Raises InputsError when it holds no plan or lacks what the plan names, UnsafeArchiveError."""
        files = plain_files(archive)
        try:
            plan = ReproductionPlan.model_validate_json(files[PLAN])
        except (KeyError, ValidationError) as error:
            raise InputsError(f"{PLAN}: not a plan ({error})") from None
        for run in plan.runs:
            for name in (*TASK_FILES, run.weak):
                if f"{run.task}/{name}" not in files:
                    raise InputsError(f"{run.task}/{name}: run {run.run} needs it, and the archive lacks it")
        return cls(plan, files)

    def lay(self, run: ReproductionRun, folder: Path) -> Laid:
        """Write a run's task folder and weak labels below `folder`, under names that are the same for every run."""
        laid = Laid(folder / "task", folder / "weak.npy")
        laid.task.mkdir()
        for name in TASK_FILES:
            (laid.task / name).write_bytes(self.files[f"{run.task}/{name}"])
        laid.weak_labels.write_bytes(self.files[f"{run.task}/{run.weak}"])
        return laid


class Students:
    """Copies of student models under names that do not tell which is the counterfactual's."""

    def __init__(self, models: Path, copies: Path) -> None:
        self._models = models
        self._copies = copies
        self._made: dict[str, Path] = {}
        self._lock = threading.Lock()

    def copy(self, name: str) -> Path:
        """A model's folder, copied at the first call. Raises InputsError when there is no such model."""
        source = self._models / name
        if "/" in name or not source.is_dir():
            raise InputsError(f"student {name!r}: no such folder in {self._models}")
        with self._lock:
            if name not in self._made:
                place = self._copies / f"student-{len(self._made)}"
                shutil.copytree(source, place)
                self._made[name] = place
            return self._made[name]
