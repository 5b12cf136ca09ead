"""A hub on real databases, with an evaluator of the tests behind it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from researchfleet_core.wire.base import IDEMPOTENCY_HEADER
from researchfleet_core.wire.evaluation import EvaluationPlan, FeedbackMode
from researchfleet_core.wire.principals import Principal, Role
from researchfleet_core.wire.setup import FleetSetup, Limits, Prices
from researchfleet_core.wire.sync import AttemptKind, AttemptReport, SyncRequest, SyncResponse
from researchfleet_hub.faces.agent_port import agent_port
from researchfleet_hub.faces.internal_port import internal_port
from researchfleet_hub.faces.metrics import Counting, Metrics
from researchfleet_hub.hub import Hub, wire
from researchfleet_hub.identity.tokens import FileTokens
from researchfleet_hub.snapshots.store import FolderStore
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.migrate import migrate
from researchfleet_hub.state.tables import metadata
from starlette.testclient import TestClient

from tests.evaluator.postgres import server as postgres_server
from tests.hub.evaluator_double import TOKEN, EvaluatorDouble, serving

FLEET = "fleet-1"
RUNTIME, REVIEWER = "the-runtime's-token", "the-reviewer's-token"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR_NANO = 3_600_000_000

MANIFEST = '{"title": "bagging", "family": "ensemble", "entry": "run.py"}'
CODE = {"manifest.json": MANIFEST, "run.py": "print('a run')\n"}


@dataclass
class Clock:
    """A time that stands until it is moved."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.time += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def evaluator_behind() -> Iterator[tuple[EvaluatorDouble, str]]:
    """One double and its address for all tests."""
    double = EvaluatorDouble()
    # Not pytest's folder: a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="rf-hub-"))
    with serving(double, folder / "evaluator.sock") as address:
        yield double, address
    shutil.rmtree(folder)


@pytest.fixture
def double(evaluator_behind: tuple[EvaluatorDouble, str]) -> EvaluatorDouble:
    """The evaluator of the test, empty."""
    evaluator_behind[0].reset()
    return evaluator_behind[0]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "hub.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a migrated PostgreSQL database."""
    with postgres_server() as url:
        database = Database(url.format(database="postgres"))
        migrate(database)
        database.close()
        yield url.format(database="postgres")


def sqlite_url(migrated: Path, folder: Path) -> str:
    """A copy of the migrated file."""
    shutil.copy(migrated, folder / "hub.db")
    return f"sqlite:///{folder}/hub.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database; tests that use it run on both kinds."""
    if request.param == "sqlite":
        database = Database(sqlite_url(request.getfixturevalue("migrated"), tmp_path))
    else:
        database = Database(request.getfixturevalue("postgres"))
        # TRUNCATE makes new files for every table and index; what a test left is deleted sooner.
        with database.write() as connection:
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
    yield database
    database.close()


@pytest.fixture
def sqlite_database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database, for what no database can make different."""
    database = Database(sqlite_url(migrated, tmp_path))
    yield database
    database.close()


def hub_over(database: Database, folder: Path, address: str, clock: Callable[[], datetime]) -> Hub:
    """A hub as the process wires it."""
    files = {Role.RUNTIME: folder / "runtime.token", Role.REVIEWER: folder / "reviewer.token"}
    for file, token in zip(files.values(), (RUNTIME, REVIEWER), strict=True):
        file.write_text(f"{token}\n")
    return wire(
        database=database,
        store=FolderStore(folder / "snapshots"),
        evaluator_address=address,
        evaluator_token=TOKEN,
        file_tokens=FileTokens(files),
        clock=clock,
    )


def setup(limits: Limits | None = None, agent_limits: Limits | None = None, prices: Prices | None = None) -> FleetSetup:
    """A fleet's set-up."""
    plan = EvaluationPlan(
        fleet_uid=FLEET,
        fleet="demo",
        testbed="movie",
        transfer=["amazon"],
        students=["minilm"],
        feedback=FeedbackMode.LADDER,
        seeds=2,
        finalists=2,
        reproduction_seeds=3,
    )
    return FleetSetup(
        fleet_uid=FLEET,
        fleet="demo",
        plan=plan,
        limits=limits or Limits(),
        agent_limits=agent_limits or Limits(),
        prices=prices or Prices(pod_hour_nano=HOUR_NANO, gpu_hour_nano=10 * HOUR_NANO),
    )


def agent(name: str, attempt: int = 1, uid: str | None = None, fleet: str = FLEET) -> Principal:
    """The principal of an agent's attempt."""
    return Principal(
        role=Role.AGENT,
        fleet_uid=fleet,
        agent=name,
        agent_uid=uid or f"uid-{name}",
        attempt=attempt,
        attempt_uid=f"{name}-{attempt}",
    )


def reproduction(uid: str) -> Principal:
    """The principal of a reproduction's attempt."""
    return Principal(role=Role.REPRODUCTION, fleet_uid=FLEET, reproduction=uid, attempt_uid=f"{uid}-1")


def report(name: str, attempt: int = 1, **changes: Any) -> AttemptReport:
    """What the runtime saw of an agent's attempt."""
    seen = AttemptReport(uid=f"{name}-{attempt}", agent=name, agent_uid=f"uid-{name}", number=attempt, started=START)
    return seen.model_copy(update=changes)


def reproduction_report(uid: str, **changes: Any) -> AttemptReport:
    """What the runtime saw of a reproduction's attempt."""
    return report("ada", uid=f"{uid}-1", kind=AttemptKind.REPRODUCTION, **changes)


class Switched:
    """Whatever `look` finds at the moment of a call: one set of ports serves the hub of each test in turn.

    Building the ports takes half a second, and they hold no state.
    """

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look

    def __getattr__(self, name: str) -> "Switched":
        return Switched(lambda: getattr(self._look(), name))

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return self._look()(*positional, **named)


@dataclass
class Faces:
    """Both ports as a process has them, in front of `hub`."""

    hub: Hub | None = None
    agents: TestClient = field(init=False)
    internal: TestClient = field(init=False)

    def __post_init__(self) -> None:
        hub: Any = Switched(lambda: self.hub)
        metrics = Metrics(hub.database)
        agents = Counting(agent_port(hub), metrics, "agent")
        internal = Counting(internal_port(hub, metrics), metrics, "internal")
        self.agents = TestClient(agents, raise_server_exceptions=False)
        self.internal = TestClient(internal, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def faces() -> Iterator[Faces]:
    """The ports of all tests."""
    made = Faces()
    with made.agents, made.internal:
        yield made


@dataclass
class World:
    """A hub with both its ports, and shorthands for those who call it."""

    hub: Hub
    clock: Clock
    faces: Faces
    keys: Iterator[int] = field(default_factory=count)

    @property
    def agents_port(self) -> TestClient:
        """The agents' port, in front of this hub."""
        self.faces.hub = self.hub
        return self.faces.agents

    @property
    def internal_port(self) -> TestClient:
        """The internal port, in front of this hub."""
        self.faces.hub = self.hub
        return self.faces.internal

    def set_up(self, fleet_setup: FleetSetup | None = None) -> "World":
        """Make the fleet known."""
        self.hub.setup.put(FLEET, fleet_setup or setup())
        return self

    def token(self, principal: Principal) -> str:
        """A token of the hub."""
        return self.hub.sandbox_tokens.issue(principal).token

    def sync(self, *reports: AttemptReport, **request: Any) -> SyncResponse:
        """One sync."""
        return self.hub.syncing.sync(FLEET, SyncRequest(attempts=list(reports), **request))

    def as_agent(self, name: str, **changes: Any) -> "Caller":
        """An agent with a token of its own."""
        return Caller(self, "agents_port", self.token(agent(name, **changes)))

    def as_runtime(self) -> "Caller":
        """The runtime."""
        return Caller(self, "internal_port", RUNTIME)

    def as_reviewer(self) -> "Caller":
        """A person."""
        return Caller(self, "internal_port", REVIEWER)


@dataclass
class Caller:
    """Somebody with a token at one of the ports."""

    world: World
    port: str
    token: str

    def ask(self, method: str, path: str, *, key: str | None = None, **request: Any) -> httpx2.Response:
        """Ask; a write gets a new idempotency key unless one is given."""
        key = key or f"key-{next(self.world.keys):08}"
        headers = {"Authorization": f"Bearer {self.token}", IDEMPOTENCY_HEADER: key} | request.pop("headers", {})
        port: TestClient = getattr(self.world, self.port)
        return port.request(method, path, headers=headers, **request)

    def get(self, path: str, **request: Any) -> httpx2.Response:
        """GET."""
        return self.ask("GET", path, **request)

    def post(self, path: str, body: Any, **request: Any) -> httpx2.Response:
        """POST a JSON body."""
        return self.ask("POST", path, json=body, **request)

    def put(self, path: str, body: Any, **request: Any) -> httpx2.Response:
        """PUT a JSON body."""
        return self.ask("PUT", path, json=body, **request)

    def upload(self, **files: str) -> str:
        """Upload a snapshot; its digest."""
        answer = self.post("/v1/snapshots", {"files": CODE | {f"{name}.py": text for name, text in files.items()}})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["digest"])

    def register(self, snapshot: str, seeds: int = 2, **request: Any) -> httpx2.Response:
        """Register an experiment."""
        return self.post("/v1/experiments", experiment(snapshot, seeds), **request)

    def finish(self, snapshot: str, seeds: int = 2) -> str:
        """Register an experiment and deliver all its seeds; its uid."""
        registered = self.register(snapshot, seeds).json()
        for task in registered["seeds"]:
            predictions = {"seed": task["seed"], "predictions": [0, 1, 0.5, 1]}
            assert self.post(f"/v1/experiments/{registered['experiment']}/predictions", predictions).status_code == 200
        return str(registered["experiment"])

    def share(self, title: str = "It works", *, key: str | None = None, **changes: Any) -> httpx2.Response:
        """Share a finding."""
        said = {"type": "result", "title": title, "content": "We saw it."}
        return self.post("/v1/findings", said | changes, key=key)


def experiment(snapshot: str, seeds: int = 2) -> dict[str, Any]:
    """What an agent registers."""
    said = {"title": "Bagging", "hypothesis": "Errors of teachers cancel.", "family": "ensemble"}
    return {**said, "snapshot": snapshot, "seeds": seeds}


@dataclass
class Ports:
    """What makes worlds; their hubs are closed at the end of the test."""

    folder: Path
    address: str
    faces: Faces
    open: list[Hub] = field(default_factory=list)

    def over(self, database: Database, clock: Clock | None = None) -> World:
        """A hub over `database`; a second one is a replica of the first."""
        time = clock or Clock()
        hub = hub_over(database, self.folder, self.address, time)
        self.open.append(hub)
        return World(hub, time, self.faces)


@pytest.fixture
def ports(
    tmp_path: Path, evaluator_behind: tuple[EvaluatorDouble, str], double: EvaluatorDouble, faces: Faces
) -> Iterator[Ports]:
    """Makes hubs."""
    made = Ports(tmp_path, evaluator_behind[1], faces)
    yield made
    for hub in made.open:
        hub.close()


@pytest.fixture
def world(ports: Ports, sqlite_database: Database) -> World:
    """A hub on SQLite with a fleet."""
    return ports.over(sqlite_database).set_up()


@pytest.fixture
def any_world(ports: Ports, any_database: Database) -> World:
    """A hub on each kind of database with a fleet."""
    return ports.over(any_database).set_up()
