"""The ResearchFleet resource."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from researchfleet_core.api.budget import BudgetSpec
from researchfleet_core.api.evaluation import EvaluationSpec
from researchfleet_core.api.failure import FailurePolicySpec
from researchfleet_core.api.meta import API_VERSION, BY_TYPE, Condition, FleetMeta, Part
from researchfleet_core.api.pods import AgentsSpec
from researchfleet_core.api.problem import DirectionsSpec, ProblemSpec, S3Source
from researchfleet_core.wire.base import Name


class StorageSpec(Part):
    """Where snapshots and the fleet's database are kept."""

    snapshots: S3Source | None = Field(default=None, description="an object store; a folder or volume when absent")
    database_secret_name: Name | None = Field(default=None, description="Secret with url of PostgreSQL; SQLite when absent")


class FleetSpec(Part):
    """What is researched, by whom, within which limits."""

    desired_state: Literal["Running", "Suspended", "Drained"] = Field(
        default="Running", description="Suspended stops all attempts at once, Drained lets each finish its experiment"
    )
    problem: ProblemSpec = Field(description="what is scored")
    agents: AgentsSpec = Field(description="who researches")
    directions: DirectionsSpec = Field(default_factory=DirectionsSpec, description="from where agents start")
    budget: BudgetSpec = Field(default_factory=BudgetSpec, description="what may be spent")
    evaluation: EvaluationSpec = Field(default_factory=EvaluationSpec, description="how it is scored")
    storage: StorageSpec = Field(default_factory=StorageSpec, description="what outlives the pods")
    failure_policy: FailurePolicySpec = Field(
        default_factory=FailurePolicySpec, description="what follows when an attempt fails"
    )
    ttl_seconds_after_finished: int | None = Field(
        default=None, ge=0, description="delete the fleet this long after it finished"
    )


class AgentCounts(Part):
    """Agents of a fleet by what they do."""

    wanted: int = Field(default=0, ge=0, description="spec.agents.replicas")
    running: int = Field(default=0, ge=0, description="with an attempt that runs")
    waiting: int = Field(default=0, ge=0, description="to be created, starting or backing off")
    ended: int = Field(default=0, ge=0, description="ended for good, not by failing")
    failed: int = Field(default=0, ge=0, description="given up by failurePolicy")


class FleetStatus(Part):
    """Small on purpose: counts, best reproduced PGR, spend, conditions. Live numbers are metrics."""

    observed_generation: int = Field(default=0, ge=0, description="the metadata.generation this status was computed from")
    conditions: list[Condition] = Field(
        default_factory=list, max_length=16, json_schema_extra=BY_TYPE, description="what holds, and why"
    )
    replicas: int = Field(default=0, ge=0, description="agents that exist, for /scale")
    selector: str = Field(default="", description="of the agents' pods, for /scale")
    agents: AgentCounts = Field(default_factory=AgentCounts, description="by what they do")
    best_pgr: str | None = Field(default=None, description="best reproduced and ranked PGR with its interval")
    best_snapshot: str | None = Field(default=None, description="digest of the snapshot it was reproduced from")
    spent_usd: str = Field(default="0.00", description="tokens, compute, reproduction and storage")
    usd_per_agent_hour: str | None = Field(default=None, description="(tokens + compute + storage) / agentHours")
    agent_hours: str = Field(default="0.00", description="hours that attempts ran and were not paused")
    experiments: int = Field(default=0, ge=0, description="registered with the evaluator")
    findings: int = Field(default=0, ge=0, description="shared in the forum")
    problem_digest: str | None = Field(default=None, description="of what is scored, pinned at the first experiment")
    started_at: datetime | None = Field(default=None, description="when the fleet first ran")
    finished_at: datetime | None = Field(default=None, description="when research and reproduction were over")


class ResearchFleet(Part):
    """A fleet of automated researchers on one problem, within one budget."""

    api_version: Literal["researchfleet.dev/v1alpha1"] = Field(
        default=API_VERSION, description="group and version of this resource"
    )
    kind: Literal["ResearchFleet"] = Field(default="ResearchFleet", description="name of this kind of resource")
    metadata: FleetMeta = Field(description="as for every object")
    spec: FleetSpec = Field(description="what is wanted")
    status: FleetStatus = Field(default_factory=FleetStatus, description="what was observed")
