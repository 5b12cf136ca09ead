"""A small environment for sandboxes: the base Python with a double of the agents' code, so that tests need nothing built."""

import asyncio
import itertools
import json
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from researchfleet.local import polling
from researchfleet.local.sandbox.bubblewrap import Bubblewrap
from researchfleet.local.sandbox.order import Limits, Order, Shown
from researchfleet.local.sandbox.watch import Watch, Watched
from researchfleet_core.reasons import EndReason

from tests.cli.local.run_double import Run

MIB = 1 << 20
ROOMY = Limits(memory=256 * MIB, processes=32, disk=32 * MIB)
TOKEN = "token-of-this-one"
READ_TOKEN = "import os\nTOKEN = os.read(3, 100)\n"
SECRETS = {
    "checkout/testbeds/movie/labels/test.npy": "labels",
    "checkout/testbeds/movie/sealed/inputs/pool.jsonl.xz": "sealed rows",
    "run/hub.db": "all that the hub knows",
    "run/run/runtime.token": "the runtime's token",
    "run/agents/other/journal.jsonl": "another agent's work",
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Makes a virtual environment with one file as researchfleet_agent; returns its interpreter."""

    def make(double):
        place = tmp_path_factory.mktemp("environment")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        base = Path(sys.base_prefix) / "bin" / version
        (place / "bin").mkdir()
        (place / "bin" / "python").symlink_to(base)
        (place / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
        package = place / "lib" / version / "site-packages" / "researchfleet_agent"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(Path(__file__).with_name(double).read_text())
        return place / "bin" / "python"

    return make


@pytest.fixture(scope="session")
def python(environment):
    """The interpreter of an environment whose agent needs no hub."""
    return environment("agent_double.py")


@dataclass
class Ended:
    """How a program in a sandbox ended. reason: why the watch ended it, None when it ended by itself."""

    status: int
    printed: str
    reason: EndReason | None

    @property
    def told(self):
        """What it printed last, as JSON."""
        return json.loads(self.printed.splitlines()[-1])


@dataclass
class Sandboxes:
    """Runs programs in sandboxes, beside a checkout with labels and a run with secrets, as a real one has."""

    folder: Path
    shown: Shown
    numbers: itertools.count = field(default_factory=itertools.count)

    def order(self, program, *, name="a", limits=ROOMY, token=TOKEN, features=None):
        """To run a Python program, which has its TOKEN, in a workspace of that name."""
        workspace = self.folder / "run" / "agents" / name
        workspace.mkdir(parents=True, exist_ok=True)
        return Order(
            name,
            ["-c", READ_TOKEN + textwrap.dedent(program)],
            {},
            workspace,
            features,
            limits,
            token,
        )

    def run(self, program, *, kind=Bubblewrap, **how):
        """Run a Python program to its end, under watch."""
        return asyncio.run(self.live(kind(self.shown), self.order(program, **how)))

    async def live(self, confinement, order):
        """The same, beside others."""
        log = self.folder / f"{order.name}-{next(self.numbers)}.log"
        box = await confinement.prepare(order, log)
        reasons = []

        def over(reason):
            reasons.append(reason)
            box.kill()

        watch = Watch()
        box.go()
        watch.add(order.name, Watched(box, order.limits, order.workspace, log, over))
        try:
            async with asyncio.timeout(30):
                status = await box.exit_status()
        finally:
            box.kill()
            watch.drop(order.name)
        return Ended(status, log.read_text(errors="replace"), reasons[0] if reasons else None)


@pytest.fixture(scope="session")
def sandboxes_in(python):
    """Makes Sandboxes in a folder."""

    def make(folder):
        for name in ("students", "slots", "door"):
            (folder / name).mkdir()
        for path, content in SECRETS.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        hidden = [folder / "checkout", folder / "run"]
        return Sandboxes(folder, Shown(python, folder / "students", folder / "slots", folder / "door", hidden))

    return make


@pytest.fixture
def sandboxes(sandboxes_in, tmp_path):
    """Of one test."""
    return sandboxes_in(tmp_path)


@pytest.fixture
def until():
    """Wait until a condition holds, 20 s at most."""

    async def wait(holds):
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 - what is waited for knows nothing of us
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def runs(tmp_path, python, monkeypatch):
    """Makes a Run, whose hub is asked often and hangs up in the end."""
    monkeypatch.setattr(polling, "INTERVAL", 0.2)
    made = []

    def make(*directions, **parts):
        made.append(Run(tmp_path, python, **({"directions": directions} if directions else {}), **parts))
        return made[-1]

    yield make
    for run in made:
        run.hub.stop()
