"""Compute as reports come in: what each does to the books and to an attempt's lease. No I/O."""

from dataclasses import dataclass

from researchfleet_core.wire.setup import Prices
from researchfleet_core.wire.sync import AttemptReport, Verdict

from researchfleet_hub.ledger import leases
from researchfleet_hub.ledger.books import Books
from researchfleet_hub.ledger.entries import FLEET
from researchfleet_hub.ledger.leases import Lease
from researchfleet_hub.times import micros

# What a sync buys for one attempt at most (8 hours); the rest after a longer silence is bought by the next ones.
MOST_INTERVALS = 1000


def is_stale(observed: int | None, newest: int) -> bool:
    """Whether a sync that looked at `observed` tells nothing new after one that looked at `newest`."""
    return observed is not None and observed <= newest


@dataclass(frozen=True)
class Meter:
    """Meters one sync. now: microseconds; is_stale: a newer sync was seen, so only ends are news."""

    books: Books
    prices: Prices
    now: int
    is_stale: bool

    def first(self, report: AttemptReport) -> Lease:
        """The lease of an attempt that is seen for the first time; nothing is bought yet."""
        return Lease(
            uid=report.uid,
            kind=report.kind,
            agent_uid=report.agent_uid,
            started=micros(report.started),
            gpus=report.gpus,
            pod_hour_nano=self.prices.pod_hour_nano,
            gpu_hour_nano=self.prices.gpu_hour_nano,
        )

    def observe(self, lease: Lease, report: AttemptReport, last_seen: int | None) -> Lease:
        """The lease after a report. last_seen: the attempt's last heartbeat."""
        if lease.ended is not None:
            return lease
        if report.ended is not None:
            lease, entry = leases.settle(lease, micros(report.ended), last_seen)
            self.books.book(entry)
            return lease
        if self.is_stale:
            return lease
        return self._renew(self._flip(lease, is_paused=report.paused))

    def _flip(self, lease: Lease, *, is_paused: bool) -> Lease:
        if is_paused == (lease.paused_since is not None):
            return lease
        lease, entry = leases.pause(lease, self.now) if is_paused else leases.resume(lease, self.now)
        self.books.book(entry)
        return lease

    def _renew(self, lease: Lease) -> Lease:
        for _ in range(MOST_INTERVALS):
            if not leases.wants(lease, self.now) or self._is_exhausted(lease):
                break
            lease, entry = leases.buy(lease)
            self.books.book(entry)
        return lease

    def _is_exhausted(self, lease: Lease) -> bool:
        """Reproductions are promised with the research, so its limits do not stop them."""
        return lease.is_research and any(
            self.books.judge(account).verdict is Verdict.HARD for account in (FLEET, lease.agent_uid)
        )
