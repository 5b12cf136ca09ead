"""What is researched: a testbed, a student, and where the result must carry over to."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from researchfleet_core.api.meta import Part, Rule
from researchfleet_core.wire.base import Digest, Name

_ONE_OF = ("bundled", "s3", "pvc", "image")


def _exactly_one(reference: "Reference") -> bool:
    return sum(getattr(reference, field) is not None for field in _ONE_OF) == 1


class S3Source(Part):
    """A folder in an object store."""

    url: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]+(/.*)?$", max_length=1024)] = Field(
        description="s3://bucket/folder"
    )
    secret_name: Name | None = Field(default=None, description="Secret with accessKey and secretKey")


class PvcSource(Part):
    """A folder on a PersistentVolumeClaim of the fleet's namespace."""

    claim_name: Name = Field(description="the PersistentVolumeClaim")
    path: str = Field(default="", max_length=1024, description="folder below the volume's root")


class ImageSource(Part):
    """A folder in an OCI image, mounted as an image volume."""

    reference: str = Field(min_length=1, max_length=512, description="the image, best by digest")
    path: str = Field(default="", max_length=1024, description="folder below the image's root")


class Reference(Part):
    """Where a testbed or a model comes from: exactly one of bundled, s3, pvc, image."""

    rules = (
        Rule(
            "[has(self.bundled), has(self.s3), has(self.pvc), has(self.image)].filter(x, x).size() == 1",
            "exactly one of bundled, s3, pvc, image is needed",
            _exactly_one,
            "bundled",
        ),
    )

    bundled: Name | None = Field(default=None, description="a name of what comes with ResearchFleet")
    s3: S3Source | None = Field(default=None, description="a folder in an object store")
    pvc: PvcSource | None = Field(default=None, description="a volume of the namespace")
    image: ImageSource | None = Field(default=None, description="a folder in an OCI image")
    digest: Digest | None = Field(default=None, description="the version that must be found there; any when absent")


class ProblemSpec(Part):
    """What is scored. Pinned by digest at the first experiment; a later change is refused, it never bends scores."""

    testbed: Reference = Field(description="the testbed that agents research")
    student: Reference = Field(description="the strong student")
    other_students: list[Reference] = Field(
        default_factory=list, max_length=4, description="students that a finalist is also reproduced with"
    )
    transfer: list[Reference] = Field(
        default_factory=list, max_length=8, description="testbeds on which finalists are reproduced, unseen by agents"
    )


class DirectionsSpec(Part):
    """From where agents start: each from its own vague prompt, or all from the same one."""

    rules = (
        Rule(
            "self.mode != 'Directed' || size(self.prompts) >= 1",
            "mode Directed needs at least one prompt",
            lambda d: d.mode != "Directed" or len(d.prompts) >= 1,
            "prompts",
        ),
        Rule(
            "self.mode != 'Undirected' || size(self.prompts) <= 1",
            "mode Undirected takes at most one prompt, the one that all agents get",
            lambda d: d.mode != "Undirected" or len(d.prompts) <= 1,
            "prompts",
        ),
    )

    mode: Literal["Directed", "Undirected"] = Field(default="Undirected", description="own prompts, or one for all")
    prompts: list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]] = Field(
        default_factory=list, max_length=10000, description="agent i gets prompt i modulo their number"
    )

    def prompt(self, ordinal: int) -> str:
        """The prompt of the agent with this ordinal; empty when there is none."""
        return self.prompts[ordinal % len(self.prompts)] if self.prompts else ""
