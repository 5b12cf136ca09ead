"""What every request works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from researchfleet_evaluator.estimates import Estimates
from researchfleet_evaluator.experiments.registration import Registration
from researchfleet_evaluator.metrics import Metrics
from researchfleet_evaluator.store import Store
from researchfleet_evaluator.testbeds import Shelf


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Evaluator:
    """The database, the testbeds, what was computed from both, and the clock. registrations: by experiment uid."""

    store: Store
    shelf: Shelf
    estimates: Estimates = field(default_factory=Estimates)
    registrations: dict[str, Registration] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    now: Callable[[], datetime] = utc_now
