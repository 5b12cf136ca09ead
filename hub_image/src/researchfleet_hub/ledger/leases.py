"""Compute leases: sandbox time is bought ahead in intervals and settled when the attempt has ended. Pure arithmetic.

An attempt's interval i is [started + i * INTERVAL, started + (i + 1) * INTERVAL). It is charged when it is bought, keyed by
(attempt, i). Whatever happened in between, the entries of an ended attempt add up to its real time, to the microsecond.
"""

from dataclasses import dataclass, replace

from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.sync import AttemptKind

from researchfleet_hub.ledger.entries import Entry, Sums
from researchfleet_hub.times import HOUR, SECOND

# Short enough that a hub which dies costs little, long enough that a ledger of 900 agents stays small.
INTERVAL = 30 * SECOND
# A lease always reaches this far: two missed polls of the slowest runtime.
AHEAD = 30 * SECOND


@dataclass(frozen=True)
class Lease:
    """What has been bought for one attempt. Times in microseconds.

    bought: sandbox time paid since `started`; active: how much of it is booked as agent time. paused: pauses that are over;
    paused_since: when the present one was first seen; flips: how often pauses began or ended. Prices are those of the
    attempt's first report, so that they telescope.
    """

    uid: str
    kind: AttemptKind
    agent_uid: str
    started: int
    gpus: int
    pod_hour_nano: int
    gpu_hour_nano: int
    bought: int = 0
    active: int = 0
    paused: int = 0
    paused_since: int | None = None
    flips: int = 0
    ended: int | None = None

    @property
    def until(self) -> int:
        """The moment to which the attempt may run."""
        return self.started + self.bought

    @property
    def is_research(self) -> bool:
        """Whether it counts against the research's limits."""
        return self.kind is AttemptKind.AGENT


def cost(lease: Lease, time: int) -> int:
    """nano-USD of `time` microseconds from the start; differences of it telescope, so no rounding adds up."""
    return (lease.pod_hour_nano + lease.gpus * lease.gpu_hour_nano) * time // HOUR


def active(lease: Lease, until: int) -> int:
    """Agent time between the start and `until`: not paused, and none at all for a reproduction."""
    if not lease.is_research:
        return 0
    now_paused = 0 if lease.paused_since is None else max(0, until - lease.paused_since)
    return max(0, until - lease.started - lease.paused - now_paused)


def wants(lease: Lease, now: int) -> bool:
    """Whether the attempt needs another interval."""
    return lease.ended is None and lease.until < now + AHEAD


def buy(lease: Lease) -> tuple[Lease, Entry]:
    """The next interval."""
    return _book(lease, lease.bought + INTERVAL, f"{lease.uid}/{lease.bought // INTERVAL}")


def pause(lease: Lease, now: int) -> tuple[Lease, Entry]:
    """From now on its time is no agent's time; what was bought ahead as such is given back."""
    paused = replace(lease, paused_since=max(now, lease.started), flips=lease.flips + 1)
    return _book(paused, lease.bought, f"{lease.uid}/pause/{lease.flips}")


def resume(lease: Lease, now: int) -> tuple[Lease, Entry]:
    """The end of a pause."""
    lasted = 0 if lease.paused_since is None else max(0, now - lease.paused_since)
    resumed = replace(lease, paused=lease.paused + lasted, paused_since=None, flips=lease.flips + 1)
    return _book(resumed, lease.bought, f"{lease.uid}/resume/{lease.flips}")


def settle(lease: Lease, ended: int, last_seen: int | None) -> tuple[Lease, Entry]:
    """Corrects the attempt to its real time.

    ended: as reported; last_seen: the last sign of life that the hub had itself, before which it cannot have ended.
    """
    end = max(ended, lease.started, last_seen or lease.started)
    return _book(replace(lease, ended=end), end - lease.started, f"{lease.uid}/end")


def _book(lease: Lease, bought: int, key: str) -> tuple[Lease, Entry]:
    """The lease with `bought` microseconds paid, and the entry of the difference."""
    now_active = min(active(lease, lease.started + bought), bought)
    more = bought - lease.bought
    sums = Sums(
        nano=cost(lease, bought) - cost(lease, lease.bought),
        pod=more,
        active=now_active - lease.active,
        gpu=more * lease.gpus,
    )
    kind = EntryKind.COMPUTE if lease.is_research else EntryKind.REPRODUCTION
    entry = Entry(key, kind, sums, lease.agent_uid if lease.is_research else None)
    return replace(lease, bought=bought, active=now_active), entry
