"""From a file to a ResearchFleet."""

from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.api import ResearchFleet

from researchfleet.fleetfile import problem
from researchfleet.fleetfile.document import Document, SyntaxProblem, parse
from researchfleet.fleetfile.problem import FleetFileError, Problem
from researchfleet.fleetfile.sentences import validated

# etcd takes no larger object, so no such file can be applied to a cluster.
MAX_BYTES = 1_500_000


@dataclass(frozen=True)
class FleetFile:
    """A valid file. fleet: what it says; text: how it says it."""

    path: Path
    text: str
    fleet: ResearchFleet
    document: Document

    def problem(self, field: problem.Path, message: str) -> Problem:
        """A problem with the value of a field that is valid as such, and impossible where the fleet shall run."""
        return Problem(*self.document.place(field), problem.dotted(field), f"{self.document.written(field)} {message}")


def read_fleet(path: Path) -> FleetFile:
    """The fleet in the file at `path`. Raises FleetFileError with everything that is wrong, not only the first thing."""
    text = _text(path)
    try:
        document = parse(text)
    except SyntaxProblem as error:
        raise FleetFileError(str(path), [error.problem]) from None
    fleet, problems = validated(document)
    if fleet is None or document.problems:
        # Of a value that the document could not take the model can only say less.
        said = {(one.line, one.column, one.field) for one in document.problems}
        also = [one for one in problems if (one.line, one.column, one.field) not in said]
        raise FleetFileError(str(path), [*document.problems, *also])
    return FleetFile(path, text, fleet, document)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FleetFileError(str(path), [Problem(None, None, "", f"cannot be read: {error.strerror}")]) from None
    if len(content) > MAX_BYTES:
        raise FleetFileError(str(path), [Problem(None, None, "", f"is larger than {MAX_BYTES:,} bytes")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; a YAML text is needed"
        raise FleetFileError(str(path), [Problem(line, column, "", message)]) from None
