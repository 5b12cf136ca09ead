"""What the evaluator refuses: one exception, one body, a fixed list of reasons."""

from enum import StrEnum

from pydantic import ValidationError
from researchfleet_core.wire.base import Refusal


class RefusalReason(StrEnum):
    """Constants for programs; also the allow-list of the metric's label."""

    INVALID = "Invalid"
    TOO_LARGE = "TooLarge"
    UNAUTHENTICATED = "Unauthenticated"
    NOT_FOUND = "NotFound"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    UNKNOWN_FLEET = "UnknownFleet"
    UNKNOWN_EXPERIMENT = "UnknownExperiment"
    UNKNOWN_REPRODUCTION = "UnknownReproduction"
    UNKNOWN_RUN = "UnknownRun"
    UNKNOWN_TESTBED = "UnknownTestbed"
    BAD_TESTBED = "BadTestbed"
    TESTBED_MISSING = "TestbedMissing"
    NO_GAP = "NoGap"
    PROBLEM_CHANGED = "ProblemChanged"
    KEY_REUSED = "KeyReused"
    ALREADY_SUBMITTED = "AlreadySubmitted"
    REPRODUCTION_OVER = "ReproductionOver"
    DATABASE = "Database"
    INTERNAL = "Internal"


class RefusedError(Exception):
    """A request that is not carried out. Carries the answer's status and body; nothing was changed."""

    def __init__(self, status: int, reason: RefusalReason, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.reason = reason
        self.error = error
        self.field = field

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return Refusal(error=self.error, reason=self.reason, field=self.field).model_dump_json().encode()


# Room for a name or a number, not for a column of predictions.
SHOWN_CHARACTERS = 60
SHOWN_ERRORS = 5


def invalid(field: str, problem: str) -> RefusedError:
    """422 for one field."""
    return RefusedError(422, RefusalReason.INVALID, f"{field}: {problem}", field)


def from_validation(error: ValidationError) -> RefusedError:
    """422 for what pydantic found: field, short value, what is allowed; never a whole body or a list of rows."""
    found = error.errors(include_url=False)
    lines = [_line(one["loc"], one["msg"], one["type"], one["input"]) for one in found[:SHOWN_ERRORS]]
    if len(found) > SHOWN_ERRORS:
        lines.append(f"and {len(found) - SHOWN_ERRORS} more")
    return RefusedError(422, RefusalReason.INVALID, "; ".join(lines), place(found[0]["loc"]) or None)


def place(steps: tuple[int | str, ...]) -> str:
    """`predictions[17]`, `owner.agent_uid`: where in a body."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")[:200]


def _line(steps: tuple[int | str, ...], message: str, kind: str, value: object) -> str:
    where = place(steps) or "body"
    if kind in {"missing", "json_invalid"}:
        return f"{where}: {message}"
    return f"{where}: {shown(value)} is not allowed ({message[0].lower()}{message[1:]})"


def shown(value: object) -> str:
    """A value as an error may repeat it: scalars shortened, containers by kind and size only."""
    if isinstance(value, dict):
        return f"an object of {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
