"""How submissions are scored and finalists are reproduced."""

from typing import Literal

from pydantic import Field

from researchfleet_core.api.meta import Part, Rule
from researchfleet_core.api.quantities import Duration, seconds


class ReproductionSpec(Part):
    """Finalists run again in a clean sandbox on rows that no agent has seen."""

    rules = (
        Rule(
            "!has(self.every) || duration(self.every) >= duration('10s')",
            "every must be 10s or more: each time the evaluator ranks all experiments",
            lambda r: r.every is None or seconds(r.every) >= seconds("10s"),
            "every",
        ),
    )

    finalists: int = Field(default=3, ge=0, le=100, description="how many of the best by rank PGR, at most one an agent")
    seeds: int = Field(default=5, ge=3, le=16, description="fresh seeds on the sealed rows; intervals need at least 3")
    every: Duration | None = Field(default=None, description="also nominate this often while research runs; else at its end")
    run_seconds: int = Field(default=120, ge=1, le=86_400, description="time limit of one run")


class EvaluationSpec(Part):
    """What agents are told, how many seeds an experiment has, what is reproduced."""

    feedback: Literal["ladder", "exact", "none"] = Field(
        default="ladder", description="what an agent learns of its dev score; exact exists to show the study's hacks"
    )
    seeds: int = Field(default=3, ge=1, le=16, description="seeds of an experiment, chosen by the evaluator")
    reproduction: ReproductionSpec = Field(default_factory=ReproductionSpec, description="of the finalists")
