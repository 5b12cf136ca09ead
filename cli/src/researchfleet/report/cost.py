"""What the run cost, by kind and by agent."""

from collections.abc import Iterable
from dataclasses import dataclass

from researchfleet_core.api.quantities import NANO
from researchfleet_core.wire.ledger import EntryKind

from researchfleet.summary import Summary
from researchfleet.summary.build import RESEARCH_KINDS
from researchfleet.summary.model import AgentPart


@dataclass(frozen=True)
class Kind:
    """A line of the table; share: of the total, 0 to 1."""

    name: str
    nano: int
    share: float
    in_agent_hours: bool


def kinds(summary: Summary) -> list[Kind]:
    """Every kind that the ledger knows, research first; a kind without a price stands there with 0."""
    spent: dict[str, int] = {**dict.fromkeys(RESEARCH_KINDS, 0), EntryKind.REPRODUCTION: 0, **summary.ledger.usd_nano}
    total = sum(spent.values())
    return [Kind(name, nano, nano / total if total else 0.0, name in RESEARCH_KINDS) for name, nano in spent.items()]


def total(kinds: Iterable[Kind]) -> int:
    """Nano-USD of all kinds."""
    return sum(kind.nano for kind in kinds)


def research(kinds: Iterable[Kind]) -> int:
    """Nano-USD of what agent-hours are priced with."""
    return sum(kind.nano for kind in kinds if kind.in_agent_hours)


def per_hour(agent: AgentPart) -> float | None:
    """USD an agent-hour of one agent."""
    nano = sum(agent.usd_nano.get(kind, 0) for kind in RESEARCH_KINDS)
    return nano / NANO / agent.agent_hours if agent.agent_hours else None
