"""A folder of runs as a fleet leaves it, a hub that answers from a made-up run, and a runtime that runs nothing."""

from pathlib import Path

import pytest
from researchfleet.commands import prepare as prepare_command
from researchfleet.commands import run as run_command
from researchfleet.commands import runs
from researchfleet.local import Home, HubUnreachableError, Outcome, Progress
from researchfleet.summary import write_summary
from researchfleet_core.api.meta import Condition
from researchfleet_core.deciding import Phase
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result


class Hub:
    """Answers as the hub of `run` would; `gone` once it has stopped."""

    def __init__(self, run) -> None:
        self.run = run
        self.gone = False

    async def scores(self):
        self._answers()
        return self.run.scores

    async def findings(self):
        self._answers()
        return self.run.findings

    async def aclose(self) -> None:
        pass

    def _answers(self) -> None:
        if self.gone:
            raise HubUnreachableError("it has stopped")


@pytest.fixture
def hub(run, monkeypatch) -> Hub:
    """The run's hub answers."""
    made = Hub(run)
    monkeypatch.setattr(runs, "reach", lambda folder: made)
    return made


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(place, run) -> Path:
    """A run that is over, in runs/quickstart."""
    folder = place / "runs" / "quickstart"
    folder.mkdir(parents=True)
    run.status().write(folder / "status.json")
    write_summary(run.summary(), folder / "summary.json")
    return folder


@pytest.fixture
def call():
    """Runs `researchfleet` with arguments, without a terminal."""
    from researchfleet.main import app

    def calling(*arguments: str) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})

    return calling


@pytest.fixture
def home(place, run, monkeypatch) -> Home:
    """A checkout with the four testbeds of the made-up run."""
    for testbed in run.manifests():
        folder = place / "testbeds" / testbed.name
        folder.mkdir(parents=True)
        YAML(typ="safe").dump(testbed.model_dump(mode="json"), folder / "testbed.yaml")
        (folder / "SHA256SUMS").write_text(f"0  {testbed.name}\n")
    home = Home(place, place / "testbeds", place / "students", place / "features", place / "python")
    monkeypatch.setattr(Home, "find", lambda start: home)
    return home


class Runtime:
    """Shows the made-up run as it would have gone, and leaves what it would have left."""

    outcome = Outcome("finished", "a hard limit was reached")
    reason = "BudgetExhausted"
    error: Exception | None = None
    interrupted = False

    def __init__(self, run, hub, place) -> None:
        self.run_, self.hub, self.place = run, hub, place
        self.asked: dict[str, object] = {}

    def __call__(self, fleet, run_dir, home, sandbox, on_change, *, on_end):
        self.asked = {"fleet": fleet, "run_dir": run_dir, "sandbox": sandbox}
        self.on_change, self.on_end = on_change, on_end
        return self

    async def run(self) -> Outcome:
        if self.error:
            raise self.error
        self.asked["run_dir"].mkdir(parents=True, exist_ok=True)
        self.on_change(self.status(Phase.RESEARCH))
        phase = Phase.FINISHED if self.outcome.kind == "finished" else Phase.RESEARCH
        last = self.status(phase)
        await self.on_end(self.hub, last)
        self.on_change(last)
        return self.outcome

    def status(self, phase: Phase):
        made = self.run_.status(phase=phase)
        state = {"finished": "Running", "drained": "Drained", "stopped": "Suspended"}[self.outcome.kind]
        return made.model_copy(
            update={
                "spec": made.spec.model_copy(update={"desired_state": state}),
                "conditions": [self.condition("Finished", self.reason), self.condition("Ready", "AllRunning")],
            }
        )

    def condition(self, kind: str, reason: str) -> Condition:
        return Condition(
            type=kind, status="True", last_transition_time=self.run_.now, reason=reason, message=f"{kind} is so"
        )


@pytest.fixture
def runtime(run, hub, home, place, monkeypatch) -> Runtime:
    """`researchfleet run` starts this."""
    made = Runtime(run, hub, place)

    async def prepare(spec, home, progress) -> None:
        progress(Progress(0, 1, "student models"))
        if made.interrupted:
            raise KeyboardInterrupt

    monkeypatch.setattr(run_command, "LocalRuntime", made)
    monkeypatch.setattr(run_command, "prepare", prepare)
    monkeypatch.setattr(prepare_command, "build", prepare)
    return made
