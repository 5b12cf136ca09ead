"""Runtime -> hub: what a fleet may spend and how it is scored, PUT before the first attempt starts."""

from datetime import datetime

from pydantic import Field

from researchfleet_core.wire.base import Message, Name, Uid
from researchfleet_core.wire.evaluation import EvaluationPlan


class Limits(Message):
    """Hard limits of one account; None is no limit. The soft limit is `soft` times the hard one (0 < soft <= 1)."""

    usd_nano: int | None = Field(default=None, ge=0)
    agent_hours: float | None = Field(default=None, ge=0)
    gpu_hours: float | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    evaluations: int | None = Field(default=None, ge=0)
    deadline: datetime | None = None
    soft: float = Field(default=1.0, gt=0, le=1)


class Prices(Message):
    """What resources cost, in nano-USD: a pod (sandbox) for an hour, a GPU for an hour on top, a GiB stored for a month."""

    pod_hour_nano: int = Field(default=0, ge=0)
    gpu_hour_nano: int = Field(default=0, ge=0)
    gib_month_nano: int = Field(default=0, ge=0)


class FleetSetup(Message):
    """All the hub must know of a fleet. Limits may change while it runs; the plan only before the first experiment."""

    fleet_uid: Uid
    fleet: Name
    plan: EvaluationPlan
    limits: Limits
    agent_limits: Limits = Field(description="of each agent")
    prices: Prices


class FleetReady(Message):
    """The hub's answer. testbed: `<name>@<digest>`; problem: digest of all that decides a score."""

    testbed: str
    problem: str
