"""testbed.yaml: what a testbed is, how it was made, and the baselines its scores are read against."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from researchfleet_core.testbed.errors import TestbedError

MANIFEST = "testbed.yaml"
FORMAT = "researchfleet.dev/testbed/v1"

# A gap below this makes PGR noise: at 1,000 test rows one standard error of an accuracy is .016, so of a PGR a third.
MIN_GAP = 0.05

MIN_TEACHERS = 5
# Numbers of the file have four decimals, so a sum of two may be off by one of the last.
ROUNDING = 2e-4
MIN_CEILING_SEEDS = 3

Accuracy = Annotated[float, Field(ge=0, le=1)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Use(StrEnum):
    """research: fleets climb it, so it has a visible part; transfer: opened for finalists only, so it has none."""

    RESEARCH = "research"
    TRANSFER = "transfer"


class Slice(StrEnum):
    """Test rows that are scored together: dev answers agents, rank orders them, sealed is opened once per finalist."""

    DEV = "dev"
    RANK = "rank"
    SEALED = "sealed"


class Strict(BaseModel):
    """Unknown fields are refused, so that a misspelt one is never silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(Strict):
    """What is predicted. grouped: rows carry the id of a group, as several proposed answers to one question do."""

    kind: Literal["binary"]
    question: Sentence
    balanced: Literal[True]
    grouped: bool


class Source(Strict):
    """Where the rows come from; `provenance` says so in words that stay true when an address dies."""

    title: Sentence
    package: Sentence
    provenance: Sentence
    citation: Sentence
    licence: Sentence


class Teachers(Strict):
    """The frozen weak teachers: how many serve which part, and from how many true labels each was trained."""

    model: Sentence
    labels: int = Field(ge=2)
    agent: int = Field(ge=0)
    sealed: int = Field(ge=MIN_TEACHERS)
    seed: int = Field(ge=0)


class Recipe(Strict):
    """How the strong student is fitted to true labels for the ceiling; the same for every student."""

    fit: Sentence
    parameters: dict[str, str | int | float]


class Interval(Strict):
    """A mean with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"mean {self.mean} is not within low {self.low} and high {self.high}")
        return self


class Accuracies(Interval):
    """The mean over runs, and each run's."""

    values: list[Accuracy]

    @model_validator(mode="after")
    def _mean_of_values(self) -> Self:
        if abs(sum(self.values) / len(self.values) - self.mean) > ROUNDING:
            raise ValueError(f"mean: {self.mean} is not the mean of {self.values}")
        return self


class Weak(Accuracies):
    """Accuracy of the weak teachers on a slice; values: one per teacher, in the order of weak.npy."""

    values: list[Accuracy] = Field(min_length=MIN_TEACHERS)


class Ceiling(Accuracies):
    """Accuracy of the student trained on the true labels of its pool; values: one per seed."""

    values: list[Accuracy] = Field(min_length=MIN_CEILING_SEEDS)
    seeds: list[int] = Field(min_length=MIN_CEILING_SEEDS)

    @model_validator(mode="after")
    def _one_value_a_seed(self) -> Self:
        if len(self.values) != len(self.seeds) or len(set(self.seeds)) != len(self.seeds):
            raise ValueError(
                f"{len(self.values)} values for seeds {self.seeds}; one value for each distinct seed is allowed"
            )
        return self


class Baseline(Strict):
    """What a student's PGR on a slice is computed against."""

    student: Word
    slice: Slice
    weak: Weak
    ceiling: Ceiling
    gap: Interval

    @model_validator(mode="after")
    def _gap_between_means(self) -> Self:
        if abs(self.ceiling.mean - self.weak.mean - self.gap.mean) > ROUNDING:
            means = f"{self.ceiling.mean} and {self.weak.mean}"
            raise ValueError(f"gap.mean: {self.gap.mean} is not the ceiling's mean minus the weak teachers' ({means})")
        return self


class Manifest(Strict):
    """The content of testbed.yaml."""

    format: Literal["researchfleet.dev/testbed/v1"]
    name: Word
    use: Use
    task: Task
    source: Source
    teachers: Teachers
    students: list[Word] = Field(min_length=1)
    recipe: Recipe
    baselines: list[Baseline]

    @property
    def slices(self) -> list[Slice]:
        """The slices this testbed has, in the order they are opened."""
        return list(Slice) if self.use is Use.RESEARCH else [Slice.SEALED]

    @model_validator(mode="after")
    def _every_student_has_its_baselines(self) -> Self:
        there = [(b.student, b.slice.value) for b in self.baselines]
        wanted = [(student, part.value) for student in self.students for part in self.slices]
        if sorted(there) != sorted(wanted):
            raise ValueError(f"baselines for {sorted(there)}; exactly one for each of {sorted(wanted)} is allowed")
        return self

    @model_validator(mode="after")
    def _teachers_match_the_use(self) -> Self:
        least = MIN_TEACHERS if self.use is Use.RESEARCH else 0
        if (self.use is Use.TRANSFER and self.teachers.agent) or self.teachers.agent < least:
            allowed = f"{MIN_TEACHERS} or more" if least else "0: no agent ever sees a transfer testbed"
            raise ValueError(f"teachers.agent: {self.teachers.agent} is not allowed for use: {self.use} ({allowed})")
        for baseline in self.baselines:
            teachers = self.teachers.sealed if baseline.slice is Slice.SEALED else self.teachers.agent
            if len(baseline.weak.values) != teachers:
                found = f"{len(baseline.weak.values)} weak accuracies of {baseline.student} on {baseline.slice}"
                raise ValueError(f"{found} are not allowed ({teachers}, one a teacher)")
        return self

    def baseline(self, student: str, part: Slice) -> Baseline:
        """The baseline of a student on a slice. Raises TestbedError when the testbed was not built for that student."""
        for baseline in self.baselines:
            if (baseline.student, baseline.slice) == (student, part):
                return baseline
        raise TestbedError(
            f"testbed {self.name}",
            f"no baseline for student {student} on {part} ({', '.join(self.students)} on {', '.join(self.slices)})",
        )


def parse_manifest(content: object) -> Manifest:
    """The manifest in a parsed testbed.yaml. Raises TestbedError naming every field that is wrong."""
    if not isinstance(content, Mapping):
        raise TestbedError(MANIFEST, f"a mapping is needed, not {type(content).__name__}")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise TestbedError(MANIFEST, describe(error)) from None


def describe(error: ValidationError) -> str:
    """A validation error as `field: what is wrong`, one line a field."""
    return "\n".join(
        f"{'.'.join(str(step) for step in one['loc']) or 'whole file'}: {one['msg']}, not {one['input']!r}"
        if one["loc"]
        else one["msg"]
        for one in error.errors()
    )
