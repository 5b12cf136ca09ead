"""A run whose agents, hub and evaluator are doubles: only the runtime itself is real."""

from researchfleet.local.clock import now
from researchfleet.local.folder import RunFolder
from researchfleet.local.home import Home
from researchfleet.local.hub import Connection
from researchfleet.local.loop import Loop, Place
from researchfleet.local.sandbox.order import Shown
from researchfleet.local.sandbox.unconfined import Unconfined
from researchfleet.local.state import Book
from researchfleet_core.api.fleet import FleetSpec

from tests.cli.local.hub_double import HubDouble


class ServicesDouble:
    """In place of evaluator and hub."""

    def __init__(self, hub, uid):
        self._hub = hub
        self._uid = uid
        self.starts = {"evaluator": 1, "hub": 1}
        self.failed = None

    def start(self, on_connection):
        """The hub is there at once."""
        on_connection(Connection(port=self._hub.port, token="t", fleet_uid=self._uid))

    def answered(self):
        """Nothing to note."""

    def failure(self):
        """As the test says."""
        return self.failed


class Run:
    """A fleet's run on this machine with doubles of agents, hub and evaluator; loops may follow each other."""

    def __init__(self, place, python, **parts):
        self.place = place
        self.hub = HubDouble()
        self.hub.start()
        self.folder = RunFolder(place / "run")
        (place / "home" / "students").mkdir(parents=True, exist_ok=True)
        self.home = Home(place / "checkout", place / "testbeds", place / "home" / "students", place / "features", python)
        self.spec = fleet_spec(**parts)
        self.statuses = []
        self.book = None

    async def live(self, *, spec=None, confine=Unconfined, on_end=None):
        """One runtime's life, from its start to its end."""
        with self.folder.held(), self.folder.sockets() as sockets:
            self.folder.lay_out(2)
            self.door = sockets.door
            self.book = Book(self.folder.book)
            try:
                self.book.open_fleet("f", now())
                self.book.settle(now())
                shown = Shown(
                    self.home.python, self.home.students, self.folder.slots, sockets.door, [self.place / "checkout"]
                )
                place = Place(self.folder, self.home, confine(shown), 2)
                services = ServicesDouble(self.hub, self.book.fleet.uid)
                loop = Loop(spec or self.spec, place, self.book, services, self.statuses.append)
                return await loop.run(on_end)
            finally:
                self.book.close()

    def started(self):
        """Attempts that run now."""
        return [one for one in self.book.attempts.all() if one.started and not one.ended] if self.book else []

    def ended(self):
        """Ends so far, oldest first."""
        return [one.reason for one in self.book.attempts.all() if one.ended] if self.book else []

    def wrap_up(self):
        """What agents of a real hub would hear."""
        (self.door / "wrap-up").touch()


def fleet_spec(directions=("sleep",), replicas=None, **parts):
    """A spec whose agents' directions are the given ones."""
    return FleetSpec.model_validate(
        {
            "problem": {"testbed": {"bundled": "movie"}, "student": {"bundled": "minilm"}},
            "agents": {"researcher": "search", "replicas": len(directions) if replicas is None else replicas},
            "directions": {"mode": "Directed", "prompts": list(directions)},
            "failurePolicy": {"backoff": "0s", "maxRestarts": 2},
        }
        | parts
    )
