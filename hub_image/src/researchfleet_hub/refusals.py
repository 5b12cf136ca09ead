"""How the hub says no: a status, a constant for programs and a sentence for the reader."""

from enum import StrEnum

from researchfleet_core.wire.base import Refusal


class RefusalReason(StrEnum):
    """Why a request was refused by the hub itself; the evaluator's own refusals are passed on unchanged."""

    UNAUTHENTICATED = "Unauthenticated"
    FORBIDDEN = "Forbidden"
    NOT_FOUND = "NotFound"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    INVALID = "Invalid"
    TOO_LARGE = "TooLarge"
    IDEMPOTENCY_KEY_MISSING = "IdempotencyKeyMissing"
    IDEMPOTENCY_KEY_REUSED = "IdempotencyKeyReused"
    BUDGET_EXHAUSTED = "BudgetExhausted"
    SNAPSHOT_UNKNOWN = "SnapshotUnknown"
    SNAPSHOT_UNREADABLE = "SnapshotUnreadable"
    ATTEMPT_ENDED = "AttemptEnded"
    EVALUATOR_UNREACHABLE = "EvaluatorUnreachable"
    INTERNAL_ERROR = "InternalError"


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Raised anywhere below a route or tool; the face in front turns it into its kind of answer."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.status = status
        self.refusal = refusal


def refuse(status: int, reason: RefusalReason, error: str, field: str | None = None) -> Refused:
    """A refusal to raise."""
    return Refused(status, Refusal(error=error, reason=reason, field=field))


def not_found(what: str) -> Refused:
    """404: `what` names the thing and where it was looked for."""
    return refuse(404, RefusalReason.NOT_FOUND, f"{what} does not exist")


def invalid(field: str, error: str) -> Refused:
    """422: the request is well formed but cannot be meant."""
    return refuse(422, RefusalReason.INVALID, f"{field}: {error}", field)
