"""Hub <-> evaluator. Only the hub may call the evaluator; who the agent is comes from the hub's own proof of identity."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from researchfleet_core.families import Family
from researchfleet_core.wire.base import Digest, IdempotencyKey, Message, Name, Uid
from researchfleet_core.wire.experiments import MAX_SEEDS, Feedback, Predictions, RegisterExperiment, SeedTask
from researchfleet_core.wire.sync import ReproductionState

TestbedReference = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(@sha256:[0-9a-f]{64})?$")]


class FeedbackMode(StrEnum):
    """How much an agent learns from a submission. `exact` exists to show the study's hacks."""

    LADDER = "ladder"
    EXACT = "exact"
    NONE = "none"


class EvaluationPlan(Message):
    """Hub -> evaluator, PUT once a fleet: what is scored and how. A later change is refused once an experiment exists.

    testbed, transfer: `<name>` or `<name>@sha256:<hex>` of testbeds that the evaluator can load; students: names of student
    models, the first is researched, the others are tried in reproduction. seeds: the least that an experiment may have.
    run_seconds, run_memory_mib: what one run of a reproduction may take.
    """

    fleet_uid: Uid
    fleet: Name
    testbed: TestbedReference
    transfer: list[TestbedReference] = Field(max_length=8)
    students: list[Name] = Field(min_length=1, max_length=5)
    feedback: FeedbackMode
    seeds: int = Field(ge=1, le=MAX_SEEDS)
    finalists: int = Field(ge=0, le=100)
    reproduction_seeds: int = Field(ge=3, le=MAX_SEEDS)
    run_seconds: int = Field(default=120, ge=1, le=86_400)
    run_memory_mib: int = Field(default=4096, ge=64, le=1 << 20)


class Planned(Message):
    """problem: digest of all that decides a score (testbed versions, slices, students, feedback)."""

    problem: Digest
    testbed: str = Field(description="<name>@<digest>")


class AgentRef(Message):
    """An agent as the hub identified it."""

    fleet_uid: Uid
    agent: Name
    agent_uid: Uid


class EvaluatorRegister(Message):
    """Register on behalf of an agent; key is the sandbox's idempotency key."""

    owner: AgentRef
    key: IdempotencyKey
    experiment: RegisterExperiment


class EvaluatorSubmit(Message):
    """Submit one seed on behalf of an agent."""

    owner: AgentRef
    experiment: Uid
    seed: int
    predictions: Predictions


class Interval(Message):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class ExperimentScore(Message):
    """One experiment for people's eyes.

    dev: PGR over its own seeds, None until all are delivered. rank: PGR over the seeds of all finished experiments of its
    snapshot, so that a lucky repetition cannot stand alone; None until this one is finished.
    """

    experiment: Uid
    agent: Name
    agent_uid: Uid
    title: str
    hypothesis: str
    family: Family
    snapshot: Digest
    seeds: list[SeedTask]
    delivered: int
    registered: datetime
    finished: datetime | None
    dev: Interval | None
    rank: Interval | None
    feedback: Feedback | None


class Variation(StrEnum):
    """What a reproduction run changes; the two counterfactuals must destroy a score that came from weak-to-strong."""

    NONE = "none"
    SHUFFLED_LABELS = "shuffled weak labels"
    RANDOM_STUDENT = "randomly initialised student"


class ReproductionRun(Message):
    """One run of a finalist's snapshot on sealed inputs.

    task: a task folder of the reproduction's archive; weak: a file below it (`weak/<n>.npy`); student: name of a student
    model, `<first student>-random` being the first one with random weights.
    """

    run: Uid
    task: str
    weak: str
    student: str
    seed: int


class ReproductionPlan(Message):
    """`plan.json` of a reproduction's input archive; it does not say which run is a counterfactual."""

    reproduction: Uid
    snapshot: Digest
    runs: list[ReproductionRun]
    seconds_per_run: int
    memory_mib: int


class ReproductionPredictions(Message):
    """Reproduction -> hub -> evaluator: one run's predictions, or why there are none; exactly one of the two."""

    run: Uid
    predictions: Predictions | None = None
    error: str | None = Field(default=None, max_length=2000)
    seconds: float = Field(ge=0, allow_inf_nan=False)


class ReproductionEnd(Message):
    """Hub -> evaluator: no more predictions will come; what is missing has failed."""

    reason: str = Field(min_length=1, max_length=2000)


class ConditionScore(Message):
    """One line of the transfer table: a target, student and variation, over `runs` seeds.

    accuracy, pgr: over the delivered runs, None when there is none. pgr is against that target's and student's baselines;
    the random student, which has none of its own, is read on the scale of the student it is a random version of.
    """

    target: str
    student: str
    variation: Variation
    runs: int
    failed: int
    weak: float
    ceiling: float | None
    accuracy: Interval | None
    pgr: Interval | None


class Reproduction(Message):
    """A finalist and what became of it. ranked: reproduced, and both counterfactuals fell; why_not says otherwise."""

    uid: Uid
    agent: Name
    experiments: list[Uid]
    snapshot: Digest
    title: str
    family: Family
    state: ReproductionState
    runs: int
    delivered: int
    dev: Interval | None
    rank: Interval | None
    reproduced: Interval | None
    conditions: list[ConditionScore]
    ranked: bool | None
    why_not: str | None


class FleetScores(Message):
    """All scores of a fleet, for people."""

    fleet_uid: Uid
    problem: Digest | None
    testbed: str | None
    experiments: list[ExperimentScore]
    reproductions: list[Reproduction]
