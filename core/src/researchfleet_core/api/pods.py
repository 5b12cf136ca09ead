"""What an agent's sandbox or pod gets."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from researchfleet_core.api.meta import Part, Rule
from researchfleet_core.api.quantities import Duration

Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|[kMGTP]i?)?$")]


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

    resource: str = Field(default="nvidia.com/gpu", pattern=r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$", description="resource name")
    count: int = Field(default=1, ge=1, le=64, description="how many")


class Toleration(Part):
    """As in a pod."""

    key: str | None = None
    operator: Literal["Exists", "Equal"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: int | None = None


class ResourcesSpec(Part):
    """Limits of one sandbox, in force locally and in a pod."""

    cpu: Quantity = Field(default="1", description="cores of a pod; locally each run has one thread")
    memory: Quantity = Field(default="3Gi", description="memory of all processes together")
    processes: int = Field(default=128, ge=8, le=32768, description="processes and threads at once")
    gpu: GpuSpec | None = Field(default=None, description="GPUs of a pod; none when absent")


class WorkspaceSpec(Part):
    """The folder that survives a restart of the attempt."""

    size: Quantity = Field(default="1Gi", description="an attempt that fills more is ended")
    persistent: bool = Field(default=False, description="a PersistentVolumeClaim for each agent; else emptyDir")
    storage_class_name: str | None = Field(default=None, description="of the claim")


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
    )

    replicas: int = Field(default=1, ge=0, le=10000, description="agents wanted; `kubectl scale` sets it")
    researcher: Literal["search", "claude", "image"] = Field(description="who researches")
    model: str | None = Field(default=None, description="language model, for researcher claude")
    image: str | None = Field(default=None, description="image of the agent pods; ResearchFleet's own when absent")
    seed: int = Field(default=0, ge=0, lt=2**31, description="agent i of researcher search starts from seed + i")
    idle_timeout: Duration = Field(default="10m", description="an attempt without a heartbeat for this long is ended")
    resources: ResourcesSpec = Field(default_factory=ResourcesSpec, description="limits of one sandbox")
    workspace: WorkspaceSpec = Field(default_factory=WorkspaceSpec, description="the folder that survives restarts")
    node_selector: dict[str, str] = Field(default_factory=dict, description="of the pods")
    tolerations: list[Toleration] = Field(default_factory=list, max_length=32, description="of the pods")
    runtime_class_name: str | None = Field(default=None, description="of the pods, such as gvisor")
    priority_class_name: str | None = Field(default=None, description="of the pods")
    queue_name: str | None = Field(default=None, description="Kueue LocalQueue that admits the pods")
    labels: dict[str, str] = Field(default_factory=dict, description="added to the pods; reserved keys are dropped")
    annotations: dict[str, str] = Field(default_factory=dict, description="added to the pods")


def bytes_of(quantity: str) -> int:
    """A memory or disk Quantity in bytes: "3Gi" is 3 * 2**30."""
    units: dict[str, float] = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
    units |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
    number = quantity.rstrip("mkMGTPi")
    return int(float(number) * units[quantity[len(number) :]])
