"""An evaluator on real databases and a tiny testbed, asked over HTTP as the hub asks it."""

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from researchfleet_evaluator.app import create_app
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.store import Store
from researchfleet_evaluator.store.migrate import migrate
from researchfleet_evaluator.store.tables import metadata
from researchfleet_evaluator.testbeds import Shelf
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from tests.evaluator.postgres import server
from tests.evaluator.synthetic import Truth, write_testbed

TOKEN = "the-hub's-token"
FLEET = "fleet-1"
STUDENTS = ["strong", "other"]
ADA, BOB = "ada", "bob"
KEYS = count()

# For tests of what never reaches the database.
on_sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Testbeds:
    """The folder of all testbeds and what is true in them."""

    __test__ = False

    folder: Path
    toy: Truth
    moved: Truth


@pytest.fixture(scope="session")
def testbeds(tmp_path_factory: pytest.TempPathFactory) -> Testbeds:
    """`toy` is researched, `moved` is a transfer testbed, `flat` has no gap."""
    folder = tmp_path_factory.mktemp("testbeds")
    write_testbed(folder, "flat", STUDENTS, ceiling=0.62)
    return Testbeds(folder, write_testbed(folder, "toy", STUDENTS), write_testbed(folder, "moved", STUDENTS, transfer=True))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Store]:
    """A migrated PostgreSQL database."""
    with server() as url:
        admin = create_engine(url.format(database="postgres").replace(":", "+psycopg:", 1), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE evaluator"))
        admin.dispose()
        store = Store(url.format(database="evaluator"))
        migrate(store.engine)
        yield store
        store.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "evaluator.db"
    store = Store(f"sqlite:///{file}")
    migrate(store.engine)
    store.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database; tests that use it run on both kinds."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "evaluator.db")
        return f"sqlite:///{tmp_path}/evaluator.db"
    store: Store = request.getfixturevalue("postgres")
    with store.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return store.engine.url.render_as_string(hide_password=False)


@dataclass
class Clock:
    """A time that moves by a second a look."""

    time: datetime = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass
class Hub:
    """Asks the evaluator as the hub does. Answers are asserted unless a method is called with `ask_`."""

    client: TestClient
    evaluator: Evaluator
    truth: Truth

    def ask(self, method: str, path: str, **arguments: Any) -> Response:
        """Any request, with the hub's token."""
        return self.client.request(method, path, **arguments)

    def plan(self, fleet: str = FLEET, **changes: Any) -> dict[str, Any]:
        """PUT a plan."""
        return _ok(self.ask_plan(fleet, **changes))

    def ask_plan(self, fleet: str = FLEET, **changes: Any) -> Response:
        """PUT a plan, whatever comes of it."""
        return self.ask("PUT", f"/v1/fleets/{fleet}", json={**plan(fleet), **changes})

    def register(self, agent: str = ADA, snapshot: str = "a", seeds: int = 2, **changes: Any) -> dict[str, Any]:
        """Register an experiment with a fresh key."""
        body = registration(agent, digest(snapshot), seeds, key=f"key-{next(KEYS):08}", **changes)
        return _ok(self.ask("POST", "/v1/experiments", json=body))

    def ask_submit(self, experiment: str, seed: int, predictions: Any, agent: str = ADA, fleet: str = FLEET) -> Response:
        """Submit, whatever comes of it."""
        body = {"owner": owner(agent, fleet), "experiment": experiment, "seed": seed, "predictions": predictions}
        return self.ask("POST", f"/v1/experiments/{experiment}/predictions", json=body)

    def submit(self, experiment: str, seed: int, predictions: list[float], agent: str = ADA) -> dict[str, Any]:
        """Submit one seed."""
        return _ok(self.ask_submit(experiment, seed, predictions, agent))

    def run(self, dev: float, rank: float, agent: str = ADA, snapshot: str = "a", seeds: int = 2) -> dict[str, Any]:
        """Register and submit all seeds with these accuracies; the last answer."""
        registered = self.register(agent, snapshot, seeds)
        answers = [
            self.submit(registered["experiment"], task["seed"], self.truth.predictions(dev, rank), agent)
            for task in registered["seeds"]
        ]
        return answers[-1]

    def scores(self, fleet: str = FLEET) -> dict[str, Any]:
        """All scores."""
        return _ok(self.ask("GET", f"/v1/fleets/{fleet}/scores"))

    def nominate(self, fleet: str = FLEET) -> list[dict[str, Any]]:
        """Nominate, and the reproductions there are."""
        return list(_ok(self.ask("POST", f"/v1/fleets/{fleet}/reproductions"))["reproductions"])

    def archive(self, path: str) -> dict[str, bytes]:
        """The files of a tar."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        with tarfile.open(fileobj=io.BytesIO(answer.content)) as tar:
            return {entry.name: content.read() for entry in tar if (content := tar.extractfile(entry))}


def _ok(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def plan(fleet: str = FLEET) -> dict[str, Any]:
    """A plan's body."""
    return {
        "fleet_uid": fleet,
        "fleet": "toys",
        "testbed": "toy",
        "transfer": ["moved"],
        "students": STUDENTS,
        "feedback": "ladder",
        "seeds": 1,
        "finalists": 2,
        "reproduction_seeds": 3,
    }


def owner(agent: str = ADA, fleet: str = FLEET) -> dict[str, str]:
    """An agent as the hub names it."""
    return {"fleet_uid": fleet, "agent": agent, "agent_uid": f"{agent}-uid"}


def digest(letter: str) -> str:
    """A snapshot's digest."""
    return f"sha256:{letter * 64}"


def registration(
    agent: str = ADA, snapshot: str = f"sha256:{'a' * 64}", seeds: int = 2, key: str = "key-of-eight", **changes: Any
) -> dict[str, Any]:
    """A registration's body; `fleet` goes to the owner, other changes to the experiment."""
    fleet = changes.pop("fleet", FLEET)
    experiment = {
        "title": "A title",
        "hypothesis": "It helps.",
        "family": "self-training",
        "snapshot": snapshot,
        "seeds": seeds,
        **changes,
    }
    return {"owner": owner(agent, fleet), "key": key, "experiment": experiment}


@pytest.fixture(scope="session")
def shelf(testbeds: Testbeds) -> Shelf:
    """The testbeds, read once."""
    return Shelf([testbeds.folder])


@pytest.fixture
def start(database: str, testbeds: Testbeds, shelf: Shelf) -> Iterator[Callable[..., Hub]]:
    """Starts an evaluator on the database; called again, another one on the same state."""
    with ExitStack() as opened:

        def starting(shelf: Shelf = shelf) -> Hub:
            store = Store(database)
            opened.callback(store.close)
            evaluator = Evaluator(store, shelf, now=Clock())
            app, headers = create_app(evaluator, TOKEN), {"authorization": f"Bearer {TOKEN}"}
            client = opened.enter_context(TestClient(app, headers=headers, raise_server_exceptions=False))
            return Hub(client, evaluator, testbeds.toy)

        yield starting


@pytest.fixture
def empty(start: Callable[..., Hub]) -> Hub:
    """An evaluator without a fleet."""
    return start()


@pytest.fixture
def hub(empty: Hub) -> Hub:
    """An evaluator with the fleet FLEET."""
    empty.plan()
    return empty
