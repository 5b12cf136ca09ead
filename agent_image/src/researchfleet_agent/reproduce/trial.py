"""One run of the plan, in a folder of its own that is gone afterwards."""

import logging
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.wire.evaluation import ReproductionPredictions, ReproductionRun

from researchfleet_agent.reproduce.confinement import wrap
from researchfleet_agent.reproduce.inputs import Inputs, Students
from researchfleet_agent.runner import Limits, Runner, RunnerError, RunResult, Status, read_predictions
from researchfleet_agent.task import test_rows

log = logging.getLogger(__name__)

MIB = 1024 * 1024
# A run that takes the warm process down with it may have taken an innocent one too, which then deserves another try.
TRIES = 2


@dataclass(frozen=True)
class Trials:
    """What all runs share. snapshot: the files of the finalist's code; workspace: for folders of runs and their logs.

    shared: where one copy of each student serves all runs, because no run can write to it; None: each gets its own.
    """

    runner: Runner
    inputs: Inputs
    snapshot: dict[str, bytes]
    models: Path
    workspace: Path
    shared: Students | None

    def run(self, run: ReproductionRun) -> ReproductionPredictions:
        """Make a run; its predictions, or why there are none. What it printed stays in the workspace.

        The error is a sentence of ours: what the code printed may quote rows that nobody outside may see.
        """
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.workspace))
        try:
            result = self._tried(run, folder)
            self._keep_log(run, result)
            if result.status is not Status.OK:
                error = f"{result.status}: {result.reason.split(': ')[0]}"
                return ReproductionPredictions(run=run.run, error=error[:2000], seconds=result.seconds)
            predictions = read_predictions(folder / "out.json", test_rows(folder / "task"))
            return ReproductionPredictions(run=run.run, predictions=predictions, seconds=result.seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _tried(self, run: ReproductionRun, folder: Path) -> RunResult:
        laid = self.inputs.lay(run, folder)
        student = (self.shared or Students(self.models, folder)).copy(run.student)
        wrap(self.snapshot, folder / "snapshot", [laid.task, laid.weak_labels, student])
        limits = Limits(seconds=self.inputs.plan.seconds_per_run, memory=self.inputs.plan.memory_mib * MIB)
        for tries in range(1, TRIES + 1):
            try:
                return self.runner.run(
                    snapshot=folder / "snapshot",
                    task=laid.task,
                    weak_labels=laid.weak_labels,
                    student=student,
                    seed=run.seed,
                    out=folder / "out.json",
                    limits=limits,
                )
            except RunnerError as error:
                log.warning("run %s, try %d: %s", run.run, tries, error)
        return RunResult(status=Status.FAILED, seconds=0, reason="it took the process that runs it down with it", log="")

    def _keep_log(self, run: ReproductionRun, result: RunResult) -> None:
        logs = self.workspace / "logs"
        logs.mkdir(exist_ok=True)
        (logs / f"{run.run}.log").write_text(f"{result.status}: {result.reason}\n{result.log}", encoding="utf-8")
