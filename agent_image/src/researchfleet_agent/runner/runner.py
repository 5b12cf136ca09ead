"""The side that asks for runs."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from researchfleet_core.wire.snapshots import MANIFEST

from researchfleet_agent.features import FEATURES
from researchfleet_agent.runner.messages import Limits, RunRequest, RunResult
from researchfleet_agent.runner.slots import Slots
from researchfleet_agent.runner.warm import WarmProcess


class Runner:
    """Runs snapshots, each in a fork of a warm process. May be shared by threads; each call is one run.

    There are two warm processes, started when first needed: a light one (50 MB, 15 ms a run) for pipelines that only
    fit heads on precomputed features, and one with torch (800 MB, 50 ms a run) for every other snapshot. Either can run
    anything; what a run imports beyond its warm process only costs it time.

    students: whose model classes are imported beforehand. slots: how many runs at once (default: RESEARCHFLEET_SLOTS).
    """

    def __init__(self, students: Sequence[Path] = (), *, slots: Slots | None = None) -> None:
        self._slots = slots or Slots.from_environment()
        self._light = WarmProcess([])
        self._torch = WarmProcess(["--torch", *students])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def run(
        self,
        *,
        snapshot: Path,
        task: Path,
        weak_labels: Path,
        student: Path,
        seed: int,
        out: Path,
        limits: Limits | None = None,
    ) -> RunResult:
        """Run a snapshot as docs/snapshots.md says; blocks, first for a slot, then for the run.

        On status ok, and only then, `out` is a valid list of predictions. Raises RunnerError when there is no warm
        process to be had.
        """
        features = os.environ.get(FEATURES)
        request = RunRequest(
            snapshot=str(snapshot.resolve()),
            task=str(task.resolve()),
            weak_labels=str(weak_labels.resolve()),
            student=str(student.resolve()),
            seed=seed,
            out=str(out.resolve()),
            features=str(Path(features).resolve()) if features else None,
            limits=limits or Limits(),
        )
        warm = self._light if features and fits_heads_only(snapshot) else self._torch
        with self._slots.taken():
            return warm.ask(request)

    def close(self) -> None:
        """End the warm processes. Not to be called during a run."""
        self._light.close()
        self._torch.close()


def fits_heads_only(snapshot: Path) -> bool:
    """Whether a snapshot's manifest is that of a pipeline of this library without fine-tuning. A wrong answer costs time."""
    try:
        steps = json.loads((snapshot / MANIFEST).read_bytes())["parameters"]["steps"]
        return all(step["parameters"]["fit"] == "head" for step in steps)
    except (OSError, ValueError, KeyError, TypeError):
        return False
