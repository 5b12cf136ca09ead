"""Making a fleet known to its hub."""

import asyncio
from dataclasses import dataclass

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.reasons import Reason

from researchfleet.local.errors import CannotRunError
from researchfleet.local.hub import HubRefusedError, HubUnreachableError
from researchfleet.local.line import Line
from researchfleet.local.services import Services
from researchfleet.local.setup import setup
from researchfleet.local.state import Book

_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0


@dataclass(frozen=True)
class Accepted:
    """spec: what is in force; refused: why that is not all of what was asked for."""

    spec: FleetSpec
    refused: str | None


async def set_up(asked: FleetSpec, book: Book, line: Line, services: Services) -> Accepted:
    """Waits for the hub; keeps in the book what it took. Raises CannotRunError when it refuses, or cannot start here."""
    wait = _FIRST_WAIT
    while True:
        try:
            accepted = await _offer(asked, book, line)
            break
        except HubUnreachableError:
            if failure := services.failure():
                raise failure from None
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
    services.answered()
    book.change_fleet(spec=accepted.spec)
    return accepted


async def _offer(asked: FleetSpec, book: Book, line: Line) -> Accepted:
    before = book.fleet.spec
    try:
        await _put(asked, book, line)
        return Accepted(asked, None)
    except HubRefusedError as error:
        if error.refusal.reason != Reason.PROBLEM_CHANGED or before is None:
            raise CannotRunError(f"the hub refuses the fleet: {error}") from None
        refused = str(error)
    # What is scored stays as it was; limits and agents may change.
    kept = asked.model_copy(update={"problem": before.problem, "evaluation": before.evaluation})
    try:
        await _put(kept, book, line)
    except HubRefusedError as error:
        raise CannotRunError(f"the hub refuses the fleet: {error}") from None
    return Accepted(kept, refused)


async def _put(spec: FleetSpec, book: Book, line: Line) -> None:
    fleet = book.fleet
    await line.hub().setup(setup(fleet.name, fleet.uid, spec, fleet.started))
