"""Experiments as an agent sees them: register first, get seeds, submit each, get one answer after the last."""

from typing import Annotated

from pydantic import Field, StringConstraints

from researchfleet_core.families import Family
from researchfleet_core.wire.base import MANY_LINES, Digest, Message, Title, Uid

MAX_SEEDS = 16

Probability = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]

# One a test row. The first wrong value ends the reading: a million of them must not become a million errors in memory.
Predictions = Annotated[list[Probability], Field(min_length=1, max_length=1_000_000, fail_fast=True)]


class RegisterExperiment(Message):
    """Agent -> hub -> evaluator: what will be run, before it is run."""

    title: Title
    hypothesis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=MANY_LINES)]
    family: Family
    snapshot: Digest
    seeds: int = Field(ge=1, le=MAX_SEEDS, description="how many seeds; the evaluator chooses which")


class SeedTask(Message):
    """One run to make: the training seed and which frozen weak teacher's labels to learn from."""

    seed: int = Field(ge=0, lt=2**31)
    teacher: int = Field(ge=0)


class Registered(Message):
    """The evaluator's answer: run the snapshot once for each seed and submit all of them."""

    experiment: Uid
    seeds: list[SeedTask]
    rows: int = Field(description="predictions expected for each seed, in the order of test.jsonl")


class SubmitPredictions(Message):
    """Agent -> hub -> evaluator: one seed's predictions, each 0/1 or P(label = 1); .5 and above counts as 1."""

    seed: int
    predictions: Predictions


class Feedback(Message):
    """All that an agent ever learns from an experiment; see docs/scores.md.

    mode: how it was bounded. improved: whether it beat this agent's best by more than the step of the mode.
    accuracy, pgr: of this agent's best so far in `ladder` mode, of this experiment in `exact` mode, None in `none` mode.
    """

    mode: str
    improved: bool | None = None
    accuracy: float | None = None
    pgr: float | None = None


class Submitted(Message):
    """The answer to a submission: how many seeds are still owed, and the feedback after the last."""

    experiment: Uid
    seed: int
    remaining: int
    feedback: Feedback | None = None


class OwnExperiment(Message):
    """One of the agent's own experiments, as it may see it."""

    experiment: Uid
    title: str
    family: Family
    snapshot: Digest
    seeds: list[SeedTask]
    delivered: int
    feedback: Feedback | None = None


class OwnExperiments(Message):
    """Newest first."""

    experiments: list[OwnExperiment]
