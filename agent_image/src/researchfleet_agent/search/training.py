"""Training the seeds of an experiment, as many at once as the machine has slots for us."""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.wire.experiments import SeedTask

from researchfleet_agent.runner import Limits, PredictionsError, Runner, Status, read_predictions

log = logging.getLogger(__name__)

_LOG_SHOWN = 1000


class TrainingFailedError(RuntimeError):
    """A seed's run did not end in valid predictions: which, why, and the end of what it printed."""


@dataclass(frozen=True)
class Training:
    """What all runs have in common. task: a task folder; rows: of its test part; at_once: most runs at a time."""

    runner: Runner
    task: Path
    student: Path
    limits: Limits
    rows: int
    at_once: int

    def predictions(self, snapshot: Path, out: Mapping[SeedTask, Path]) -> Iterator[tuple[SeedTask, list[float]]]:
        """Each seed's predictions in the order of `out`, as soon as they are there; training begins with this call.

        out: where a seed's predictions are kept; what an earlier attempt left there is not trained again, so that the
        same predictions are submitted. Raises TrainingFailedError, RunnerError while iterated.
        """
        pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="run")
        futures = {seed: pool.submit(self._one, snapshot, seed, file) for seed, file in out.items()}
        return _in_order(pool, futures)

    def _one(self, snapshot: Path, seed: SeedTask, file: Path) -> list[float]:
        if (left := self._left(file)) is not None:
            return left
        result = self.runner.run(
            snapshot=snapshot,
            task=self.task,
            weak_labels=self.task / "weak" / f"{seed.teacher}.npy",
            student=self.student,
            seed=seed.seed,
            out=file,
            limits=self.limits,
        )
        log.info("seed %d: %s after %.2f s", seed.seed, result.status, result.seconds)
        if result.status is not Status.OK:
            said = result.log[-_LOG_SHOWN:].strip()
            raise TrainingFailedError(f"seed {seed.seed}: {result.status}: {result.reason}" + (f"\n{said}" if said else ""))
        return read_predictions(file, self.rows)

    def _left(self, file: Path) -> list[float] | None:
        try:
            return read_predictions(file, self.rows)
        except PredictionsError:
            return None


def _in_order(
    pool: ThreadPoolExecutor, futures: Mapping[SeedTask, Future[list[float]]]
) -> Iterator[tuple[SeedTask, list[float]]]:
    try:
        for seed, future in futures.items():
            yield seed, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
