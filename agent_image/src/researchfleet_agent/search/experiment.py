"""One experiment from its pipeline to its findings, step by step; every step is journalled and may be the last."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.wire.experiments import Feedback, RegisterExperiment, SeedTask, SubmitPredictions
from researchfleet_core.wire.findings import ShareFinding
from researchfleet_core.wire.snapshots import UploadSnapshot

from researchfleet_agent.hub import Hub, RefusedError
from researchfleet_agent.methods import snapshot_files
from researchfleet_agent.search import telling
from researchfleet_agent.search.journal import Journal, Record
from researchfleet_agent.search.training import Training, TrainingFailedError

log = logging.getLogger(__name__)

# The evaluator has other predictions of this seed: those of an attempt whose workspace was lost.
ALREADY_SUBMITTED = "AlreadySubmitted"


@dataclass(frozen=True)
class Conductor:
    """Carries experiments out.

    seeds: of an experiment; kept: folder for predictions that are not submitted yet; scratch: for snapshots, it need not
    survive a restart; say: told what is being done.
    """

    hub: Hub
    journal: Journal
    training: Training
    seeds: int
    kept: Path
    scratch: Path
    say: Callable[[str], None]

    def deliver(self, number: int, meanwhile: Callable[[], None]) -> Record:
        """Upload, register, train and submit what was not yet; returns the record with feedback or error.

        meanwhile is called once while seeds train. Raises RefusedError when nothing more will be granted, HubLostError,
        RunnerError; the journal has what was done.
        """
        try:
            self._submit_all(self._register(self._upload(self.journal[number])), meanwhile)
        except TrainingFailedError as failure:
            self.journal.put(self.journal[number].now(error=str(failure)))
        except RefusedError as refused:
            if refused.final:
                raise
            self.journal.put(self.journal[number].now(error=f"the hub refused ({refused.reason}): {refused}"))
        shutil.rmtree(self._snapshot(number), ignore_errors=True)
        for seed in self._seeds(number):
            self._predictions(number, seed).unlink(missing_ok=True)
        return self.journal[number]

    def tell(self, number: int, insight: ShareFinding | None) -> None:
        """Share what came of an experiment, vote on what it built on, share the insight; then it is over.

        What the hub refuses of these is left untold. Raises RefusedError when nothing more will be granted, HubLostError.
        """
        record = self.journal[number]
        try:
            self._share(number, "finding", telling.failed(record) if record.error else telling.finished(record))
            self._vote(record)
            if insight is not None:
                self._share(number, "insight", insight)
        except RefusedError as refused:
            if refused.final:
                raise
            log.warning("experiment %d: not all of it could be told: %s", number, refused)
        self.journal.put(self.journal[number].now(over=True))

    def _share(self, number: int, what: str, finding: ShareFinding) -> None:
        record = self.journal[number]
        if what not in record.told:
            self.hub.share(finding, self.journal.key(number, what, finding))
            self.journal.put(record.now(told=(*record.told, what)))

    def _vote(self, record: Record) -> None:
        vote = telling.vote(record)
        if record.finding is None or vote is None or "vote" in record.told:
            return
        self.hub.vote(record.finding, vote, self.journal.key(record.number, "vote", vote))
        now = self.journal[record.number]
        self.journal.put(now.now(told=(*now.told, "vote")))

    def _upload(self, record: Record) -> Record:
        files = snapshot_files(record.made, record.title)
        snapshot = self._snapshot(record.number)
        snapshot.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (snapshot / name).write_text(text, encoding="utf-8")
        if record.digest is not None:
            return record
        self.say(f"uploading {record.title}")
        upload = UploadSnapshot(files=files)
        info = self.hub.upload(upload, self.journal.key(record.number, "upload", upload))
        return self.journal.put(record.now(digest=info.digest))

    def _register(self, record: Record) -> Record:
        if record.registered is not None:
            return record
        experiment = RegisterExperiment(
            title=record.title,
            hypothesis=record.hypothesis,
            family=record.made.family,
            snapshot=str(record.digest),
            seeds=self.seeds,
        )
        registered = self.hub.register(experiment, self.journal.key(record.number, "register", experiment))
        return self.journal.put(record.now(registered=registered))

    def _submit_all(self, record: Record, meanwhile: Callable[[], None]) -> None:
        """Train and submit every seed that the evaluator does not have; ends with the feedback in the journal."""
        registered = record.registered
        if registered is None:
            raise RuntimeError(f"experiment {record.number} is not registered")
        owed = [seed for seed in registered.seeds if seed.seed not in record.submitted]
        self.say(f"training {record.title}, {len(owed)} of {len(registered.seeds)} seeds")
        out = {seed: self._predictions(record.number, seed) for seed in owed}
        trained = self.training.predictions(self._snapshot(record.number), out)
        meanwhile()
        feedback = record.feedback
        for seed, predictions in trained:
            feedback = self._submit(record.number, registered.experiment, seed, predictions) or feedback
        feedback = feedback or self._known_feedback(registered.experiment)
        self.journal.put(self.journal[record.number].now(feedback=feedback))

    def _submit(self, number: int, experiment: str, seed: SeedTask, predictions: list[float]) -> Feedback | None:
        body = SubmitPredictions(seed=seed.seed, predictions=predictions)
        feedback = None
        try:
            feedback = self.hub.submit(experiment, body, self.journal.key(number, f"seed-{seed.seed}", body)).feedback
        except RefusedError as refused:
            if refused.reason != ALREADY_SUBMITTED:
                raise
        record = self.journal[number]
        self.journal.put(record.now(submitted=(*record.submitted, seed.seed), feedback=feedback))
        return feedback

    def _known_feedback(self, experiment: str) -> Feedback:
        """The evaluator's answer to an experiment that an attempt before this one delivered the last seed of."""
        found = next((one for one in self.hub.own_experiments() if one.experiment == experiment), None)
        if found is None or found.feedback is None:
            raise TrainingFailedError(f"the evaluator has all seeds of {experiment}, but no feedback")
        return found.feedback

    def _seeds(self, number: int) -> list[SeedTask]:
        registered = self.journal[number].registered
        return registered.seeds if registered else []

    def _snapshot(self, number: int) -> Path:
        return self.scratch / str(number)

    def _predictions(self, number: int, seed: SeedTask) -> Path:
        return self.kept / f"{number}-{seed.seed}.json"
