"""What the runtime must not forget."""

from researchfleet.local.state.book import Book
from researchfleet.local.state.records import AgentRecord, AttemptRecord, FleetRecord

__all__ = ["AgentRecord", "AttemptRecord", "Book", "FleetRecord"]
