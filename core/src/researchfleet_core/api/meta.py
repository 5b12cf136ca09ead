"""What both resources share: camelCase on the wire, metadata, conditions and cross-field rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from researchfleet_core.wire.base import Name

GROUP = "researchfleet.dev"
VERSION = "v1alpha1"
API_VERSION: Literal["researchfleet.dev/v1alpha1"] = "researchfleet.dev/v1alpha1"


@dataclass(frozen=True)
class Rule:
    """A rule over several fields, once for the API server (CEL over `self`) and once for us.

    message says what is allowed; field is the path, below the model, that an error names.
    """

    cel: str
    message: str
    holds: Callable[[Any], bool]
    field: str


class Part(BaseModel):
    """A part of a resource. Unknown fields are refused here as strict field validation does on the API server."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        for rule in self.rules:
            if not rule.holds(self):
                raise ValueError(f"{rule.field}: {rule.message}")
        return self


# Agents are `<fleet>-<i>` and pods `<agent>-<attempt>`, and a label value holds 63 characters.
FleetName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", max_length=40)]
AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$", max_length=52)]


class ObjectMeta(Part):
    """The part of Kubernetes' ObjectMeta that we read; the rest is kept by the API server."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, validate_by_name=True)

    name: Name = Field(description="unique in its namespace")
    namespace: str | None = Field(default=None, description="where it lives")
    uid: str | None = Field(default=None, description="unique in time: a re-created name has another")
    generation: int = Field(default=1, description="counts changes of spec")
    labels: dict[str, str] = Field(default_factory=dict, description="what it is selected by")
    annotations: dict[str, str] = Field(default_factory=dict, description="notes of tools and people")
    creation_timestamp: datetime | None = Field(default=None, description="when it was created")
    deletion_timestamp: datetime | None = Field(default=None, description="when its deletion was asked for")


class FleetMeta(ObjectMeta):
    """A fleet's name leaves room for `-<i>-<attempt>`."""

    name: FleetName = Field(description="of the fleet; its agents are called `<name>-<i>`")


class AgentMeta(ObjectMeta):
    """An agent's name leaves room for `-<attempt>`."""

    name: AgentName = Field(description="of the agent; its attempts are called `<name>-<attempt>`")


# A list of conditions is a map by type to whoever applies or patches it.
BY_TYPE: dict[str, JsonValue] = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}


class Condition(Part):
    """As metav1.Condition."""

    type: str = Field(max_length=316, description="what the condition is about, such as Ready")
    status: Literal["True", "False", "Unknown"] = Field(description="whether it holds")
    observed_generation: int = Field(default=0, ge=0, description="the metadata.generation it was computed from")
    last_transition_time: datetime = Field(description="when status last changed")
    reason: str = Field(
        min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", description="a constant"
    )
    message: str = Field(max_length=32768, description="a sentence that names object and cause")
