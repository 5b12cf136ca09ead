"""What may be spent, and what things cost."""

from pydantic import Field

from researchfleet_core.api.meta import Part
from researchfleet_core.api.quantities import Amount, Duration


class LimitsSpec(Part):
    """Hard limits; absent means none. When one is reached nothing more is bought and the research ends."""

    usd: Amount | None = Field(default=None, description="USD for tokens, compute and storage of the research")
    agent_hours: Amount | None = Field(default=None, description="hours that attempts run and are not paused")
    gpu_hours: Amount | None = Field(default=None, description="hours that GPUs are held")
    tokens: int | None = Field(default=None, ge=0, description="model tokens of all kinds")
    evaluations: int | None = Field(default=None, ge=0, description="seeds registered with the evaluator")


class PricesSpec(Part):
    """What compute costs here; the ledger multiplies, nothing is guessed."""

    pod_hour: Amount = Field(default="0", description="USD for an hour of one agent's sandbox or pod without GPUs")
    gpu_hour: Amount = Field(default="0", description="USD for an hour of one GPU, on top")
    gib_month: Amount = Field(default="0", description="USD for a GiB of snapshots kept for 30 days")


class BudgetSpec(LimitsSpec):
    """Limits of the whole fleet, of each agent, and the prices they are counted with."""

    deadline: Duration | None = Field(default=None, description="research ends this long after the fleet first started")
    per_agent: LimitsSpec = Field(default_factory=LimitsSpec, description="limits of each agent")
    soft_percent: int = Field(
        default=90, ge=1, le=100, description="at this share of a hard limit agents are told what is left"
    )
    prices: PricesSpec = Field(default_factory=PricesSpec, description="prices in USD")
