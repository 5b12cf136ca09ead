"""Hub <-> evaluator. Only the hub may call the evaluator; who the agent is comes from the hub's own proof of identity."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from researchfleet_core.families import Family
from researchfleet_core.wire.base import Digest, IdempotencyKey, Message, Name, Uid
from researchfleet_core.wire.experiments import Feedback, Probability, RegisterExperiment, SeedTask
from researchfleet_core.wire.sync import ReproductionState


class FeedbackMode(StrEnum):
    """How much an agent learns from a submission. `exact` exists to show the study's hacks."""

    LADDER = "ladder"
    EXACT = "exact"
    NONE = "none"


class EvaluationPlan(Message):
    """Hub -> evaluator, PUT once a fleet: what is scored and how. A later change is refused once an experiment exists.

    testbed, transfer: `<name>` of testbeds that the evaluator can load; students: names of student models, the first is
    researched, the others are tried in reproduction.
    """

    fleet_uid: Uid
    fleet: Name
    testbed: str
    transfer: list[str]
    students: list[str] = Field(min_length=1)
    feedback: FeedbackMode
    seeds: int
    finalists: int
    reproduction_seeds: int


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
    predictions: list[Probability]


class Interval(Message):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class ExperimentScore(Message):
    """One experiment for people's eyes. dev, rank: PGR over its delivered seeds; None until all are delivered."""

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
    """One run of a finalist's snapshot on sealed inputs. task, weak, student: names inside the reproduction's archive."""

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
    """Reproduction -> hub -> evaluator: one run's predictions, or why there are none."""

    run: Uid
    predictions: list[Probability] | None = None
    error: str | None = Field(default=None, max_length=2000)
    seconds: float = Field(ge=0)


class ConditionScore(Message):
    """One line of the transfer table: a target, student and variation, over `runs` seeds.

    accuracy over all runs; pgr against that target's and student's baselines (None where it has none).
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
