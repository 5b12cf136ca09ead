"""Times are kept as integer microseconds since 1970 UTC, so that no database can round or shift them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

SECOND = 1_000_000
HOUR = 3600 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970; a time without zone is read as UTC, as the messages say."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The inverse of `micros`."""
    return _EPOCH + timedelta(microseconds=at)
