"""What is wrong with a file, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One error. line, column: from 1, None when the whole file is meant. field: as in the YAML, empty for the file."""

    line: int | None
    column: int | None
    field: str
    message: str

    def located(self, file: str) -> str:
        """`file:line:column: field: message`, without the parts that are not known."""
        place = file if self.line is None else f"{file}:{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.field, self.message) if part)


class FleetFileError(Exception):
    """A file that cannot be run; str() has one line for each problem, in the order of the file."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = sorted(problems, key=lambda one: (one.line or 0, one.column or 0, one.field))
        super().__init__("\n".join(problem.located(file) for problem in self.problems))


def dotted(path: Path) -> str:
    """A field's path as people write it: `spec.failurePolicy.rules[0].action`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
