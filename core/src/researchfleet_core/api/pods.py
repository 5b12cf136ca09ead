"""What an agent's sandbox or pod gets."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from researchfleet_core.api.meta import Part, Rule
from researchfleet_core.api.quantities import Duration, seconds

# The quantities of Kubernetes without signs and exponents. Milli-bytes ("500m" of memory) are legal there and always a slip.
_CORES = re.compile(r"^[0-9]{1,9}(\.[0-9]{1,3})?m?$")
_SIZE = re.compile(r"^[0-9]{1,15}(\.[0-9]{1,9})?([kMGTPE]|[KMGTPE]i)?$")
_UNITS = {"": 1, "k": 10**3} | {unit: 10 ** (6 + 3 * power) for power, unit in enumerate("MGTPE")}
_UNITS |= {f"{unit}i": 2 ** (10 + 10 * power) for power, unit in enumerate("KMGTPE")}


def _cores(value: object) -> str:
    return _quantity(value, _CORES, 'a number of cores such as 2, "0.5" or "500m"')


def _size(value: object) -> str:
    return _quantity(value, _SIZE, 'a number of bytes such as "500Mi", "3Gi" or "2G"')


def _quantity(value: object, pattern: re.Pattern[str], allowed: str) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not pattern.fullmatch(text):
        raise ValueError(f"{value!r} is not allowed ({allowed})")
    return text


def _schema(pattern: re.Pattern[str]) -> WithJsonSchema:
    return WithJsonSchema({"x-kubernetes-int-or-string": True, "minimum": 0, "pattern": pattern.pattern})


Cores = Annotated[str, BeforeValidator(_cores), _schema(_CORES)]
Size = Annotated[str, BeforeValidator(_size), _schema(_SIZE)]
LabelValue = Annotated[str, StringConstraints(max_length=63)]


class GpuSpec(Part):
    """Any extended resource that a device plugin offers."""

    rules = (
        Rule(
            "!self.resource.endsWith('.shared') || self.count <= 1",
            "count must be 1 for a time-sliced (.shared) resource: more are the same device",
            lambda g: not g.resource.endswith(".shared") or g.count <= 1,
            "count",
        ),
    )

    resource: str = Field(
        default="nvidia.com/gpu",
        max_length=317,
        pattern=r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$",
        description="name of the extended resource",
    )
    count: int = Field(default=1, ge=1, le=64, description="how many")


class Toleration(Part):
    """As in a pod."""

    key: str | None = Field(default=None, max_length=317, description="key of the taint; every key when absent")
    operator: Literal["Exists", "Equal"] = Field(default="Equal", description="how value is compared")
    value: LabelValue | None = Field(default=None, description="value of the taint, for operator Equal")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="effect of the taint; every effect when absent"
    )
    toleration_seconds: int | None = Field(default=None, description="how long a NoExecute taint is tolerated")


class ResourcesSpec(Part):
    """Limits of one sandbox, in force locally and in a pod."""

    cpu: Cores = Field(default="1", description="cores of a pod; locally each run has one thread")
    memory: Size = Field(default="3Gi", description="memory of all processes together")
    processes: int = Field(default=128, ge=8, le=32768, description="processes and threads at once")
    gpu: GpuSpec | None = Field(default=None, description="GPUs of a pod; none when absent")


class WorkspaceSpec(Part):
    """The folder that survives a restart of the attempt."""

    size: Size = Field(default="1Gi", description="an attempt that fills more is ended")
    persistent: bool = Field(default=False, description="a PersistentVolumeClaim for each agent; else emptyDir")
    storage_class_name: str | None = Field(default=None, max_length=253, description="of the claim")


class AgentsSpec(Part):
    """How many researchers, of which kind, and what each gets."""

    rules = (
        Rule(
            "self.researcher != 'image' || has(self.image)",
            "researcher image needs image: the image to run",
            lambda a: a.researcher != "image" or a.image is not None,
            "image",
        ),
        Rule(
            "self.researcher != 'claude' || has(self.model)",
            "researcher claude needs model: the model's name at the provider",
            lambda a: a.researcher != "claude" or a.model is not None,
            "model",
        ),
        Rule(
            "duration(self.idleTimeout) >= duration('10s')",
            "idleTimeout must be 10s or more: agents are heard of every few seconds",
            lambda a: seconds(a.idle_timeout) >= seconds("10s"),
            "idleTimeout",
        ),
    )

    replicas: int = Field(default=1, ge=0, le=10000, description="agents wanted; `kubectl scale` sets it")
    researcher: Literal["search", "claude", "image"] = Field(description="who researches")
    model: str | None = Field(
        default=None, min_length=1, max_length=256, description="language model, for researcher claude"
    )
    image: str | None = Field(
        default=None, min_length=1, max_length=512, description="image of the agent pods; ResearchFleet's own when absent"
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="agent i of researcher search starts from seed + i")
    idle_timeout: Duration = Field(default="10m", description="an attempt without a heartbeat for this long is ended")
    resources: ResourcesSpec = Field(default_factory=ResourcesSpec, description="limits of one sandbox")
    workspace: WorkspaceSpec = Field(default_factory=WorkspaceSpec, description="its folder")
    node_selector: dict[str, LabelValue] = Field(default_factory=dict, max_length=64, description="of the pods")
    tolerations: list[Toleration] = Field(default_factory=list, max_length=32, description="of the pods")
    runtime_class_name: str | None = Field(default=None, max_length=253, description="of the pods, such as gvisor")
    priority_class_name: str | None = Field(default=None, max_length=253, description="of the pods")
    queue_name: str | None = Field(default=None, max_length=253, description="Kueue LocalQueue that admits the pods")
    labels: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=64, description="added to the pods; reserved keys are dropped"
    )
    annotations: dict[str, str] = Field(default_factory=dict, max_length=64, description="added to the pods")


def bytes_of(size: str) -> int:
    """`size` (a Size) in bytes: "3Gi" is 3 * 2**30, "2G" is 2 * 10**9."""
    number = size.rstrip("kKMGTPEi")
    return int(Decimal(number) * _UNITS[size[len(number) :]])
