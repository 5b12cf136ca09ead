"""A reproduction's hub in memory, tiny inputs, and snapshots that are a few lines long."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from researchfleet_agent.features import FEATURES
from researchfleet_agent.hub import Connection, Hub
from researchfleet_agent.hub.unpacking import plain_files
from researchfleet_agent.reproduce.driver import _deliver_all
from researchfleet_agent.reproduce.inputs import Inputs
from researchfleet_agent.settings import Settings
from researchfleet_core.testbed import Row, pack, row_id, task_folder
from researchfleet_core.testbed.archive import Rows, TaskFile

POOL, TEST = 6, 8
# Where there are features, pipelines with heads only get the light warm process, which starts in no time: so these say
# that they are one.
HEADS_ONLY = {"steps": [{"parameters": {"fit": "head"}}]}


def snapshot(program: str) -> dict[str, bytes]:
    manifest = {"title": "theirs", "family": "other", "parameters": HEADS_ONLY, "entry": "src/run.py"}
    return {"manifest.json": json.dumps(manifest).encode(), "src/run.py": program.encode(), "src/helper.py": b"VALUE = 1\n"}


def archive(runs: int, seconds: int = 20) -> bytes:
    """Two tasks with three weak teachers each; run i: task i % 2, teacher i % 3, student i % 2, seed 10 + i."""
    rows = [Row(row_id(str(i)), str(i)) for i in range(POOL + TEST)]
    files: dict[str, bytes] = {}
    for task in (0, 1):
        about = TaskFile(
            name=f"t{task}",
            version="v",
            question="?",
            balanced=True,
            grouped=False,
            rows=Rows(pool=POOL, test=TEST),
            teachers=3,
        )
        weak = np.array([np.full(POOL, (10 * task + teacher) / 100) for teacher in range(3)], np.float32)
        of_task = task_folder(about, tuple(rows[:POOL]), tuple(rows[POOL:]), weak)
        files |= {f"task-{task}/{name}": content for name, content in of_task.items()}
    plan = {
        "reproduction": "rep-1",
        "snapshot": f"sha256:{0:064x}",
        "runs": [
            {
                "run": f"r-{i}",
                "task": f"task-{i % 2}",
                "weak": f"weak/{i % 3}.npy",
                "student": ["model", "model-random"][i % 2],
                "seed": 10 + i,
            }
            for i in range(runs)
        ],
        "seconds_per_run": seconds,
        "memory_mib": 512,
    }
    return pack(files | {"plan.json": json.dumps(plan).encode()})


@dataclass
class ReproductionHub:
    """The three routes; the same result again changes nothing, another one of the same run is refused."""

    inputs: bytes
    code: dict[str, bytes]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    before: Callable[[str], None] = lambda path: None

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.before(path)
        if path.endswith("/inputs"):
            return httpx.Response(200, content=self.inputs)
        if path.endswith("/snapshot"):
            return httpx.Response(200, content=pack(self.code))
        body = json.loads(request.content)
        said, key = json.dumps(body), request.headers["idempotency-key"]
        known = self.results.get(body["run"], body)
        if self.keys.setdefault(key, said) != said or known != body:
            return httpx.Response(409, json={"error": "it has an answer", "reason": "AlreadySubmitted", "field": None})
        self.results[body["run"]] = body
        return httpx.Response(204)


@dataclass
class Sandbox:
    """Where a reproduction runs: folders of its own."""

    settings: Settings

    def reproduce(self, hub: ReproductionHub) -> dict[str, dict[str, Any]]:
        """What the driver does after it has read its token; the results by run."""
        client = Hub(Connection("http://hub", transport=httpx.MockTransport(hub.handle)))
        inputs, code = Inputs.read(client.reproduction_inputs()), plain_files(client.reproduction_snapshot())
        _deliver_all(self.settings, client, inputs, code)
        return hub.results


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    folders = {name: tmp_path / name for name in ("workspace", "students", "slots", "features")}
    monkeypatch.setenv(FEATURES, str(folders["features"]))
    for folder in folders.values():
        folder.mkdir()
    for slot in "01":
        (folders["slots"] / slot).touch()
    for name in ("model", "model-random"):
        (folders["students"] / name).mkdir()
        (folders["students"] / name / "config.json").write_text(json.dumps({"of": name}))
    return Sandbox(Settings(**folders))
