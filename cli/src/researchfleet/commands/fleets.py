"""A fleet file and the checkout it runs from, or every reason why it cannot."""

from pathlib import Path

from researchfleet.commands.failing import Exit, fail
from researchfleet.fleetfile import FleetFile, FleetFileError, read_fleet
from researchfleet.local import CannotRunError, Home, unsupported


def read(file: Path) -> FleetFile:
    """The fleet of a file. Ends the command with every error in it."""
    try:
        return read_fleet(file)
    except FleetFileError as error:
        fail(str(error), Exit.BAD_INPUT)


def find_home(fleet: FleetFile) -> Home:
    """The checkout. Ends the command when there is none, or when the fleet asks for what one machine cannot give."""
    try:
        home = Home.find(Path.cwd())
    except CannotRunError as error:
        fail(str(error), Exit.CANNOT_RUN)
    problems = dict.fromkeys(fleet.problem(field, message) for field, message in unsupported(fleet.fleet.spec, home))
    if problems:
        fail(str(FleetFileError(str(fleet.path), list(problems))), Exit.BAD_INPUT)
    return home
