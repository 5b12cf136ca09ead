"""The model of summary.json. docs/summary.md is generated from it: `python -m researchfleet.summary.document`."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field
from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.families import Family
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.base import Digest, Message
from researchfleet_core.wire.evaluation import ExperimentScore, Interval, Reproduction
from researchfleet_core.wire.findings import Finding

from researchfleet.summary import study

SCHEMA: Literal["researchfleet.dev/summary/v1"] = "researchfleet.dev/summary/v1"


class State(StrEnum):
    """How far the run came."""

    RUNNING = "running"
    FINISHED = "finished"
    DRAINED = "drained"
    STOPPED = "stopped"


class FleetPart(Message):
    """Which fleet ran. spec is as in fleet.yaml, with every default filled in."""

    name: str = Field(description="of the fleet, and of its folder in runs/")
    uid: str = Field(description="of this run; a fleet of the same name that is run anew has another")
    spec: FleetSpec = Field(description="what was asked for")


class Outcome(Message):
    """Whether the run is over, and why."""

    state: State = Field(description="only `finished` has every reproduction")
    reason: str = Field(description="a reason constant of docs/reference, or a sentence")


class Times(Message):
    """When things happened, in UTC; None: not yet, or never."""

    started: datetime = Field(description="the fleet first ran")
    first_scored: datetime | None = Field(description="the first experiment had all its seeds scored")
    research_ended: datetime | None = Field(description="the last attempt of an agent ended")
    written: datetime = Field(description="this file was written; of a finished run, its end")


class Baseline(Message):
    """What PGR 0 and PGR 1 mean for a student on a slice: accuracies with 95 % intervals."""

    student: str
    slice: str = Field(description="dev, rank or sealed")
    weak: Interval = Field(description="accuracy of the weak teachers: PGR 0")
    ceiling: Interval = Field(description="accuracy of the student trained on true labels: PGR 1")


class TestbedPart(Message):
    """A testbed as it was when the run began."""

    __test__ = False  # pytest collects names that start with Test

    name: str
    version: str = Field(description="`<name>@sha256:<digest of all files>`")
    question: str = Field(description="what is predicted of each row")
    teachers: str = Field(description="what the weak teachers are")
    source: str = Field(description="where the rows come from")
    licence: str
    baselines: list[Baseline]


class Problem(Message):
    """What was scored."""

    digest: Digest | None = Field(description="of all that decides a score; None before the first experiment")
    testbed: str = Field(description="name of the testbed that agents researched")
    student: str = Field(description="name of the strong student")
    other_students: list[str] = Field(description="finalists were reproduced with these too")
    transfer: list[str] = Field(description="names of testbeds that no agent saw")
    testbeds: list[TestbedPart] = Field(description="all of them, the researched one first")


class AgentPart(Message):
    """One researcher. Money is of its research; reproductions are the fleet's."""

    name: str
    uid: str
    direction: str = Field(description="the prompt it started from")
    attempts: int = Field(description="sandboxes it was started in; more than 1 means restarts")
    ended: EndReason | None = Field(description="why it ended, for good or in its last attempt")
    failed: bool = Field(description="whether it was given up after a failure")
    experiments: int = Field(description="finished, all seeds scored")
    findings: int = Field(description="shared in the forum")
    best_shown: float | None = Field(description="the best dev PGR it was told; what feedback allowed it to know")
    best_dev: Interval | None = Field(description="its best experiment on the dev rows")
    best_rank: Interval | None = Field(description="its best experiment on rows that never answered it")
    agent_hours: float = Field(description="hours its attempts ran and were not paused")
    pod_hours: float = Field(description="hours its sandbox was held")
    tokens: int
    usd_nano: dict[str, int] = Field(description="nano-USD by kind: tokens, compute, storage")


class Best(Message):
    """The best reproduced result that is ranked: both counterfactuals destroyed it."""

    reproduction: str = Field(description="uid of the reproduction")
    agent: str
    title: str
    family: Family
    snapshot: Digest
    pgr: Interval


class DiversityPoint(Message):
    """Diversity of the findings up to a moment."""

    at: datetime
    bits: float
    findings: int = Field(description="how many were counted, at most the window")


class Diversity(Message):
    """How evenly the last `window` findings spread over the eleven families: Shannon entropy, Miller-Madow corrected."""

    bits: float
    low: float = Field(description="95 % bootstrap interval of bits")
    high: float
    effective: float = Field(description="2 ** bits: equally used families with that entropy")
    maximum_bits: float = Field(description="log2(11)")
    window: int
    counts: dict[Family, int] = Field(description="experiments registered, by family")
    over_time: list[DiversityPoint]


class Ledger(Message):
    """What was spent: integer nano-USD, as in the hub's ledger."""

    usd_nano: dict[str, int] = Field(description="by kind: tokens, compute, storage (research) and reproduction")
    agent_hours: float = Field(description="hours that attempts ran and were not paused")
    pod_hours: float = Field(description="hours that sandboxes were held, reproductions included")
    gpu_hours: float
    tokens: int
    evaluations: int = Field(description="seeds registered with the evaluator")
    usd_per_agent_hour: float | None = Field(
        description="(tokens + compute + storage) / agent_hours; reproduction is not in it; None without agent_hours"
    )


class Study(Message):
    """The study's numbers, for context. Its testbed, models and compute are not those of this run."""

    human_pgr: float = study.HUMAN_PGR
    directed_pgr: float = study.DIRECTED_PGR
    math_pgr: float = study.MATH_PGR
    code_pgr: float = study.CODE_PGR
    usd_per_agent_hour: float = study.USD_PER_AGENT_HOUR


class Provenance(Message):
    """With what the run was made."""

    researchfleet: str = Field(description="version")
    commit: str | None = Field(description="of the checkout; None when it is not one; `-dirty` when files differed")
    python: str
    platform: str
    cores: int
    sandbox: str = Field(description="bwrap, or none: agents ran without a sandbox")
    packages: dict[str, str] = Field(description="versions of what computes: numpy, torch, ...")


class Summary(Message):
    """One run. Times are UTC, PGR is unclipped (0: weak teacher, 1: ceiling), intervals are 95 %."""

    # `schema` is a method of pydantic's base class.
    schema_version: Literal["researchfleet.dev/summary/v1"] = Field(default=SCHEMA, description="of this format")
    fleet: FleetPart
    outcome: Outcome
    times: Times
    problem: Problem
    best: Best | None = Field(description="None when nothing was reproduced and ranked")
    agents: list[AgentPart]
    experiments: list[ExperimentScore] = Field(
        description="every registered one in order of time; snapshot digest and seeds are enough to run the list again"
    )
    reproductions: list[Reproduction] = Field(description="finalists; `conditions` is the transfer table")
    findings: list[Finding] = Field(description="the forum: text of agents, untrusted; `claims` are only claims")
    diversity: Diversity
    ledger: Ledger
    study: Study = Field(default=Study())
    provenance: Provenance
