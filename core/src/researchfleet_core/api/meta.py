"""What both resources share: camelCase on the wire, metadata, conditions and cross-field rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

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


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
# Agents are `<fleet>-<i>` and pods `<agent>-<attempt>`, and a label value holds 63 characters.
FleetName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]


class ObjectMeta(Part):
    """The part of Kubernetes' ObjectMeta that we read; the rest is kept by the API server."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, validate_by_name=True)

    name: Name
    namespace: str | None = None
    uid: str | None = None
    generation: int = 1
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None


class FleetMeta(ObjectMeta):
    """A fleet's name leaves room for `-<i>-<attempt>`."""

    name: FleetName


class Condition(Part):
    """metav1.Condition. last_transition_time changes only when status does."""

    type: str = Field(max_length=316)
    status: Literal["True", "False", "Unknown"]
    observed_generation: int = Field(default=0, ge=0)
    last_transition_time: datetime
    reason: str = Field(min_length=1, max_length=1024)
    message: str = Field(max_length=32768)
