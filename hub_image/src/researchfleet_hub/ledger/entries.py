"""What the ledger writes, and the sums it keeps."""

from dataclasses import dataclass, fields

from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.sync import Amounts

from researchfleet_hub.times import HOUR

# The account of the whole fleet; every other account is an agent's uid.
FLEET = ""


# What a reproduction costs is shown, but no limit of the research is counted with it.
RESEARCH = frozenset(EntryKind) - {EntryKind.REPRODUCTION}


@dataclass(frozen=True)
class Sums:
    """Quantities, of one entry or summed. nano: nano-USD; pod, active, gpu: microseconds of a sandbox, an agent, a GPU."""

    nano: int = 0
    pod: int = 0
    active: int = 0
    gpu: int = 0
    tokens: int = 0
    evaluations: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Sums)))


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. key: unique in the fleet, so nothing is booked twice. agent_uid: None is the fleet."""

    key: str
    kind: EntryKind
    sums: Sums
    agent_uid: str | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts it counts for."""
        return (FLEET,) if self.agent_uid is None else (FLEET, self.agent_uid)


def amounts(by_kind: dict[EntryKind, Sums]) -> Amounts:
    """The sums of one account as the wire tells them."""
    total = sum(by_kind.values(), Sums())
    return Amounts(
        usd_nano={kind: sums.nano for kind, sums in sorted(by_kind.items()) if kind is not EntryKind.EVALUATIONS},
        agent_hours=total.active / HOUR,
        pod_hours=total.pod / HOUR,
        gpu_hours=total.gpu / HOUR,
        tokens=total.tokens,
        evaluations=total.evaluations,
    )
