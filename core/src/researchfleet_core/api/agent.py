"""The Agent resource: one researcher of a fleet."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from researchfleet_core.api.meta import API_VERSION, BY_TYPE, AgentMeta, Condition, FleetName, Part
from researchfleet_core.reasons import EndReason


class FleetRef(Part):
    """A fleet of the same namespace."""

    name: FleetName = Field(description="of the ResearchFleet")


class AgentSpec(Part):
    """What one researcher starts from. An agent made by hand joins the fleet's hub and budget."""

    fleet_ref: FleetRef = Field(description="the fleet it belongs to")
    direction: Annotated[str, StringConstraints(max_length=4000)] = Field(
        default="", description="the prompt it starts from"
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="of researcher search")


class AgentStatus(Part):
    """What became of the researcher. attempt is written before its pod is posted, so a repeated create is a no-op."""

    observed_generation: int = Field(default=0, ge=0, description="the metadata.generation this status was computed from")
    conditions: list[Condition] = Field(
        default_factory=list, max_length=16, json_schema_extra=BY_TYPE, description="what holds, and why"
    )
    attempt: int = Field(default=0, ge=0, description="number of the newest attempt, from 1")
    restarts: int = Field(default=0, ge=0, description="attempts after the first")
    restarts_counted: int = Field(default=0, ge=0, description="of those, how many count towards maxRestarts")
    last_end: EndReason | None = Field(default=None, description="why the newest ended attempt ended")
    finished_at: datetime | None = Field(default=None, description="when it ended for good")


class Agent(Part):
    """One automated researcher."""

    api_version: Literal["researchfleet.dev/v1alpha1"] = Field(
        default=API_VERSION, description="group and version of this resource"
    )
    kind: Literal["Agent"] = Field(default="Agent", description="name of this kind of resource")
    metadata: AgentMeta = Field(description="as for every object")
    spec: AgentSpec = Field(description="what it starts from")
    status: AgentStatus = Field(default_factory=AgentStatus, description="what became of it")
