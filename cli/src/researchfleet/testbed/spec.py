"""What `researchfleet testbed build` is asked to make: a YAML file beside the rows it is made of."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from researchfleet_core.testbed import Source, Use
from researchfleet_core.testbed.manifest import MIN_CEILING_SEEDS, MIN_TEACHERS, Sentence, Strict, Word

from researchfleet.testbed.places import read_model

Size = Annotated[int, Field(ge=2)]


class AgentSizes(Strict):
    """Rows of the visible part."""

    pool: Size
    dev: Size
    rank: Size


class SealedSizes(Strict):
    """Rows of the sealed part."""

    pool: Size
    test: Size


class TeacherSizes(Strict):
    """labels: true labels each weak teacher is trained on; agent, sealed: teachers of each part."""

    labels: Size
    agent: int = Field(ge=0)
    sealed: int = Field(ge=MIN_TEACHERS)


class Spec(Strict):
    """A testbed to build. rows, licence: paths, from the folder of the spec. Rows no part takes train the teachers."""

    name: Word
    use: Use
    question: Sentence
    rows: Path
    licence: Path
    source: Source
    agent: AgentSizes | None = None
    sealed: SealedSizes
    teachers: TeacherSizes
    students: list[Word] = Field(min_length=1)
    ceiling_seeds: int = Field(ge=MIN_CEILING_SEEDS)
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _agents_see_research_testbeds_only(self) -> Self:
        if (self.agent is not None) != (self.use is Use.RESEARCH):
            raise ValueError(
                f"agent: {self.agent} is not allowed for use: {self.use} (sizes for research, nothing for transfer)"
            )
        least = MIN_TEACHERS if self.use is Use.RESEARCH else 0
        if self.teachers.agent < least or (not least and self.teachers.agent):
            allowed = f"{least} or more" if least else "0"
            raise ValueError(f"teachers.agent: {self.teachers.agent} is not allowed for use: {self.use} ({allowed})")
        return self


def read_spec(path: Path) -> Spec:
    """The spec of a file, its paths made absolute. Raises TestbedError naming line, field, value and what is allowed."""
    spec = read_model(Spec, path.read_bytes(), path)
    return spec.model_copy(update={"rows": path.parent / spec.rows, "licence": path.parent / spec.licence})
