"""A researcher in this process between a hub in memory and a runner that needs no model."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from researchfleet_agent.hub import Connection, Hub
from researchfleet_agent.methods import METHODS, Pipeline
from researchfleet_agent.runner import Limits, RunResult, Status
from researchfleet_agent.search.directions import BOTH_FITS
from researchfleet_agent.search.experiment import Conductor
from researchfleet_agent.search.history import History
from researchfleet_agent.search.journal import Journal, Record
from researchfleet_agent.search.peers import Forum
from researchfleet_agent.search.proposing import Allowed
from researchfleet_agent.search.recovery import recover
from researchfleet_agent.search.researcher import Researcher
from researchfleet_agent.search.training import Training
from researchfleet_agent.search.variation import fit_of, title
from researchfleet_agent.student import Fit
from researchfleet_core.wire.experiments import Feedback, Registered, SeedTask

from tests.agent.memory_hub import MemoryHub

ROWS = 200
ANYTHING = Allowed(BOTH_FITS, epochs=100)
LABELS = [int(digit) for digit in f"{int(sha256(b'labels').hexdigest() * 4, 16):b}"[:ROWS]]


@dataclass
class FormulaRunner:
    """Instead of training: predictions whose accuracy is a formula of the snapshot's pipeline. `fails` makes runs fail."""

    fails: Callable[[Pipeline], bool] = field(default_factory=lambda: lambda pipeline: False)
    runs: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, *, snapshot: Path, weak_labels: Path, seed: int, out: Path, limits: Limits, **_: Path) -> RunResult:
        manifest = json.loads((snapshot / "manifest.json").read_text())
        pipeline = Pipeline.from_json(manifest["parameters"])
        with self.lock:
            self.runs.append((manifest["title"], seed))
        if self.fails(pipeline):
            return RunResult(status=Status.FAILED, seconds=0.1, reason="it ended with status 1", log="MemoryError")
        rng = np.random.default_rng([seed, int(weak_labels.stem)])
        wrong = rng.random(ROWS) > accuracy_of(pipeline)
        predictions = [float(label != flipped) for label, flipped in zip(LABELS, wrong, strict=True)]
        out.write_text(json.dumps(predictions))
        return RunResult(status=Status.OK, seconds=0.1, reason="", log="")


def accuracy_of(pipeline: Pipeline) -> float:
    """Made up: methods differ, more steps help a little, fine-tuning helps."""
    names = list(METHODS)
    by_method = sum(names.index(step.method.name) for step in pipeline.steps) / (len(names) * len(pipeline.steps))
    penalty = float(pipeline.steps[-1].parameters["penalty"])
    nearness = 1 - min(1.0, abs(np.log10(penalty) + 1) / 2)
    return 0.62 + 0.1 * by_method + 0.05 * nearness + 0.02 * len(pipeline.steps) + 0.06 * (fit_of(pipeline) is Fit.TOP)


@dataclass
class World:
    """What outlives an attempt: the hub and the workspace."""

    workspace: Path
    hub: MemoryHub = field(default_factory=lambda: MemoryHub(task={}, labels=LABELS))
    runner: FormulaRunner = field(default_factory=FormulaRunner)
    seed: int = 7
    methods: tuple[str, ...] = ("self-training", "crossfit", "elicitation")
    allowed: Allowed = ANYTHING
    activities: list[str] = field(default_factory=list)

    @property
    def experiments(self) -> list[dict[str, Any]]:
        return list(self.hub.experiments.values())

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.experiments]

    def journal(self) -> Journal:
        return Journal(self.workspace / "journal.jsonl")

    def attempt(self, experiments: int, journal: Journal | None = None) -> None:
        """One attempt of the researcher, told to wrap up when so many experiments are registered."""
        journal = journal or self.journal()
        client = Hub(Connection("http://hub", transport=self.hub.transport))
        training = Training(self.runner, Path("task"), Path("student"), Limits(), ROWS, at_once=1)
        recover(client, journal, ROWS)
        forum = Forum(client, self.hub.agent)
        forum.sync()
        kept = self.workspace / "predictions"
        kept.mkdir(exist_ok=True)
        conductor = Conductor(client, journal, training, 3, kept, self.workspace / "scratch", self.activities.append)
        researcher = Researcher(conductor, forum, self.methods, self.seed, self.allowed)
        researcher.work(lambda: len(self.hub.experiments) >= experiments)


def tried(
    pipeline: Pipeline,
    number: int = 0,
    *,
    mode: str = "ladder",
    improved: bool | None = False,
    accuracy: float | None = 0.7,
    error: str | None = None,
    **fields: Any,
) -> Record:
    """A record of a delivered experiment."""
    shown = Feedback(
        mode=mode, improved=improved, accuracy=accuracy, pgr=None if accuracy is None else (accuracy - 0.6) / 0.2
    )
    whole = {
        "number": number,
        "pipeline": pipeline.to_json(),
        "title": title(pipeline),
        "hypothesis": "It may work.",
        "move": "sample",
        "digest": f"sha256:{number:064x}",
        "registered": Registered(experiment=f"e-{number}", seeds=[SeedTask(seed=1, teacher=0)], rows=ROWS),
        "submitted": (1,),
        "feedback": None if error else shown,
        "error": error,
        "over": True,
    }
    return Record(**whole | fields)


def history_of(*records: Record) -> History:
    return History(records)
