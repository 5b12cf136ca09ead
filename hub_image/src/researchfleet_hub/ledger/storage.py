"""What it costs to keep a fleet's snapshots: bytes x time, bought ahead like compute."""

from researchfleet_core.wire.ledger import EntryKind

from researchfleet_hub.ledger.entries import Entry, Sums
from researchfleet_hub.times import HOUR, SECOND

INTERVAL = 300 * SECOND

_GIB = 1 << 30
# A month of storage is 30 days.
_MONTH = 30 * 24 * HOUR


def keep(held: int, gib_month_nano: int, created: int, paid: int, now: int) -> tuple[int, Entry | None]:
    """The number of intervals paid by `now`, and the entry for those that were not; `held`: bytes kept now."""
    due = (now - created) // INTERVAL + 1
    if due <= paid:
        return paid, None
    nano = held * gib_month_nano * (due - paid) * INTERVAL // (_GIB * _MONTH)
    return due, Entry(f"storage/{due - 1}", EntryKind.STORAGE, Sums(nano=nano)) if nano else None
