import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from researchfleet_agent.features import FEATURES
from researchfleet_agent.runner import Limits, Runner, RunResult
from researchfleet_core.testbed import Row, row_id
from researchfleet_core.testbed.archive import Rows, TaskFile, task_folder

sys.path.insert(0, str(Path(__file__).parent.parent / "student"))

# A head-only pipeline's manifest, so that the light warm process takes it.
LIGHT = {"steps": [{"method": "hard-labels", "parameters": {"fit": "head"}}]}
HEADER = """
import json, os, sys, time
from pathlib import Path
OUT = Path(sys.argv[sys.argv.index("--out") + 1])
"""


@dataclass
class Bench:
    """Runs programs as snapshots on a task of three test rows."""

    runner: Runner
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out.json"

    def run(self, program: str, limits: Limits | None = None, *, runner: Runner | None = None) -> RunResult:
        snapshot = self.folder / "snapshot"
        snapshot.mkdir(exist_ok=True)
        (snapshot / "run.py").write_text(HEADER + dedent(program))
        manifest = {"title": "t", "family": "other", "parameters": LIGHT, "entry": "run.py"}
        (snapshot / "manifest.json").write_text(json.dumps(manifest))
        return self.again(limits, runner=runner)

    def again(self, limits: Limits | None = None, *, runner: Runner | None = None) -> RunResult:
        return (runner or self.runner).run(
            snapshot=self.folder / "snapshot",
            task=self.folder / "task",
            weak_labels=self.folder / "task" / "weak" / "0.npy",
            student=self.folder,
            seed=7,
            out=self.out,
            limits=limits,
        )


@pytest.fixture(scope="session")
def tiny_student(tmp_path_factory) -> Path:
    from tiny_models import tiny_causal

    return tiny_causal(tmp_path_factory.mktemp("tiny") / "causal")


@pytest.fixture(scope="session")
def runner(tiny_student):
    with Runner([tiny_student]) as runner:
        yield runner


@pytest.fixture
def bench(runner, tmp_path, monkeypatch) -> Bench:
    write_task(tmp_path / "task")
    monkeypatch.setenv(FEATURES, str(tmp_path / "features"))
    return Bench(runner, tmp_path)


def write_task(folder: Path) -> None:
    pool, test = (tuple(Row(row_id(text), text) for text in texts) for texts in (("w1 w2", "w3"), ("w4", "w5", "w6 w7")))
    about = TaskFile(
        name="t", version="t@sha256:0", question="?", balanced=True, grouped=False, rows=Rows(pool=2, test=3), teachers=1
    )
    for name, content in task_folder(about, pool, test, np.array([[0.2, 0.9]], np.float32)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture
def alive() -> Callable[[int], bool]:
    return lambda process: Path(f"/proc/{process}").exists()
