"""Which snapshots are reproduced."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Candidate:
    """A snapshot with its finished experiments pooled.

    right, predicted: rank rows over all its seeds; first: number of its first finished experiment, for whose agent it
    counts.
    """

    snapshot: str
    agent_uid: str
    right: int
    predicted: int
    first: int

    @property
    def accuracy(self) -> Fraction:
        """Pooled rank accuracy, exact. PGR is an increasing function of it, so both give one order."""
        return Fraction(self.right, self.predicted)


def choose(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    """The best `count` by pooled rank accuracy, best first, at most one an agent while there are agents enough.

    Ties: more predictions first, then the earlier experiment, then the digest.
    """
    ordered = sorted(candidates, key=lambda one: (-one.accuracy, -one.predicted, one.first, one.snapshot))
    best_of_agents: list[Candidate] = []
    others: list[Candidate] = []
    agents: set[str] = set()
    for one in ordered:
        (others if one.agent_uid in agents else best_of_agents).append(one)
        agents.add(one.agent_uid)
    chosen = [*best_of_agents, *others][:count]
    return sorted(chosen, key=ordered.index)
