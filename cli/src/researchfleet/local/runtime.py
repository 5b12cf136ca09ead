"""One fleet on this machine, from its first process to its last."""

import os
from enum import StrEnum
from pathlib import Path

from researchfleet_core.api.fleet import ResearchFleet

from researchfleet.local.clock import now
from researchfleet.local.errors import CannotRunError
from researchfleet.local.folder import RunFolder, Sockets
from researchfleet.local.home import Home
from researchfleet.local.logs import logged_to
from researchfleet.local.loop import Loop, OnChange, OnEnd, Outcome, Place
from researchfleet.local.sandbox.bubblewrap import Bubblewrap
from researchfleet.local.sandbox.order import Confinement, Shown
from researchfleet.local.sandbox.trial import trial
from researchfleet.local.sandbox.unconfined import Unconfined
from researchfleet.local.services import Services
from researchfleet.local.state import Book
from researchfleet.local.unsupported import refuse_unsupported


class Sandbox(StrEnum):
    """How agents are kept apart from each other and from this machine; NONE does not."""

    BWRAP = "bwrap"
    NONE = "none"


class LocalRuntime:
    """Runs a fleet, or goes on with it: whatever `run_dir` holds decides."""

    def __init__(
        self,
        fleet: ResearchFleet,
        run_dir: Path,
        home: Home,
        sandbox: Sandbox,
        on_change: OnChange,
        *,
        on_end: OnEnd | None = None,
    ) -> None:
        """on_change: called with every new status. on_end: called once research is over or drained, while the hub still
        answers and no sandbox runs any more: the time to ask it for scores."""
        self._fleet = fleet
        self._folder = RunFolder(run_dir.resolve())
        self._home = home
        self._sandbox = sandbox
        self._on_change = on_change
        self._on_end = on_end

    async def run(self) -> Outcome:
        """Until the fleet is finished, or SIGINT or SIGTERM drain it; a second one stops it at once.

        Raises CannotRunError, with nothing left running, where that cannot be.
        """
        refuse_unsupported(self._fleet.spec, self._home)
        with self._folder.held():
            self._folder.lay_out(_cores())
            with logged_to(self._folder.logs / "runtime.log"), self._folder.sockets() as sockets:
                return await self._run(sockets)

    async def _run(self, sockets: Sockets) -> Outcome:
        confinement = self._confine(sockets.door)
        # Before there is a book: what could never start is no run that must be resumed.
        await trial(confinement, self._folder.private)
        book = Book(self._folder.book)
        services = Services(self._folder, sockets, book, self._home.testbeds)
        try:
            self._refuse_finished(book)
            book.settle(now())
            for left in self._folder.scratch.iterdir():
                self._folder.clear_scratch(left.name)
            place = Place(self._folder, self._home, confinement, _cores())
            return await Loop(self._fleet.spec, place, book, services, self._on_change).run(self._on_end)
        finally:
            await services.stop()
            book.close()

    def _refuse_finished(self, book: Book) -> None:
        record = book.open_fleet(self._fleet.metadata.name, now())
        if record.name != self._fleet.metadata.name:
            asked = self._fleet.metadata.name
            raise CannotRunError(f"{self._folder.path} holds a run of fleet {record.name}, not of {asked}")
        if record.finished:
            raise CannotRunError(
                f"fleet {record.name} finished at {record.finished:%Y-%m-%d %H:%M:%S} UTC; its report lies in "
                f"{self._folder.path}. To research anew: --fresh, or another name (metadata.name)"
            )

    def _confine(self, door: Path) -> Confinement:
        shown = Shown(
            python=self._home.python,
            students=self._home.students,
            slots=self._folder.slots,
            door=door,
            hidden=(self._home.checkout, self._home.testbeds, self._folder.path),
        )
        return Bubblewrap(shown) if self._sandbox is Sandbox.BWRAP else Unconfined(shown)


def _cores() -> int:
    return len(os.sched_getaffinity(0))
