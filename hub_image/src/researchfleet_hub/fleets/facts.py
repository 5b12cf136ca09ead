"""What the runtime is told of scores, as the evaluator last said it; kept, because an evaluator may be away."""

from pydantic import BaseModel, ConfigDict, Field
from researchfleet_core.wire.base import Digest
from researchfleet_core.wire.evaluation import FleetScores, Reproduction
from researchfleet_core.wire.sync import ReproductionFacts


class Standing(BaseModel):
    """One agent's scores. dev: the best it was shown; rank: the best on rows nobody is told of."""

    model_config = ConfigDict(frozen=True)

    dev: float | None = None
    rank: float | None = None


class ScoreFacts(BaseModel):
    """A fleet's scores in few words."""

    model_config = ConfigDict(frozen=True)

    problem: Digest | None = None
    standings: dict[str, Standing] = Field(default_factory=dict, description="by agent uid")
    reproductions: list[ReproductionFacts] = Field(default_factory=list)

    @property
    def best_pgr(self) -> float | None:
        """The best reproduced PGR that is ranked."""
        return max((one.pgr for one in self.reproductions if one.ranked and one.pgr is not None), default=None)


def facts(scores: FleetScores) -> ScoreFacts:
    """The facts in `scores`."""
    standings: dict[str, Standing] = {}
    for one in scores.experiments:
        before = standings.get(one.agent_uid, Standing())
        shown = one.feedback.pgr if one.feedback else None
        rank = one.rank.value if one.rank else None
        standings[one.agent_uid] = Standing(dev=better(before.dev, shown), rank=better(before.rank, rank))
    return ScoreFacts(
        problem=scores.problem,
        standings=standings,
        reproductions=[_reproduction(one) for one in scores.reproductions],
    )


def better(one: float | None, other: float | None) -> float | None:
    """The greater of those that are known."""
    return max((value for value in (one, other) if value is not None), default=None)


def _reproduction(one: Reproduction) -> ReproductionFacts:
    return ReproductionFacts(
        uid=one.uid,
        snapshot=one.snapshot,
        agent=one.agent,
        title=one.title,
        state=one.state,
        runs=one.runs,
        delivered=one.delivered,
        pgr=one.reproduced.value if one.reproduced else None,
        ranked=one.ranked,
    )
