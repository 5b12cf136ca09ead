"""Pipelines made from pipelines. Results are settled: what cannot matter is at its default, so equal means equal."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from researchfleet_agent.methods import METHODS, Pipeline, StepOf
from researchfleet_agent.student import Fit

# More steps are allowed in a snapshot, but what four methods did together nobody can tell apart.
MAX_STEPS = 3
# These matter only where the student that predicts is fine-tuned; students on the way have a head only.
_OF_TUNING = ("epochs", "learning_rate")


def opener(method: str) -> Pipeline:
    """A method at its defaults, with the cheap fit."""
    return fitted(Pipeline.of(method), Fit.HEAD)


def fitted(pipeline: Pipeline, fit: Fit) -> Pipeline:
    """The same methods with the predicting student fitted so."""
    last = pipeline.steps[-1]
    return _with_step(pipeline, -1, replace(last, parameters=last.parameters | {"fit": fit.value}))


def fit_of(pipeline: Pipeline) -> Fit:
    """How the student that predicts is fitted: as the last step says."""
    return Fit(str(pipeline.steps[-1].parameters["fit"]))


def tuned_epochs(pipeline: Pipeline) -> int:
    """Passes over the pool that fine-tuning makes, of all members of an ensemble together; 0 with a head."""
    if fit_of(pipeline) is Fit.HEAD:
        return 0
    members = [int(step.parameters["members"]) for step in pipeline.steps if "members" in step.parameters]
    return int(pipeline.steps[-1].parameters["epochs"]) * max(members, default=1)


def mutated(pipeline: Pipeline, rng: np.random.Generator) -> Pipeline:
    """One or two hyperparameters of one step moved; the fit stays."""
    at = int(rng.integers(len(pipeline.steps)))
    step = pipeline.steps[at]
    moved = step.method.space.mutate(rng, step.parameters) | {"fit": step.parameters["fit"]}
    return _with_step(pipeline, at, replace(step, parameters=moved))


def sampled(methods: Sequence[str], fit: Fit, rng: np.random.Generator) -> Pipeline:
    """One method or two of these, anywhere in their spaces."""
    count = min(len(methods), 1 + int(rng.integers(2)))
    chosen = [METHODS[str(name)] for name in rng.choice(list(methods), size=count, replace=False)]
    return fitted(Pipeline(tuple(StepOf(method, method.space.sample(rng)) for method in chosen)), fit)


def combined(own: Pipeline, other: Pipeline, rng: np.random.Generator) -> Pipeline:
    """The other's principal step put somewhere into the own pipeline, in place of a step where it would grow too long.

    The family stays the own one's unless its principal step made room.
    """
    step = other.steps[other.principal]
    steps, principal = list(own.steps), own.principal
    if len(steps) < MAX_STEPS:
        at = int(rng.integers(len(steps) + 1))
        steps.insert(at, step)
        principal += at <= principal
    else:
        steps[int(rng.integers(len(steps)))] = step
    return fitted(Pipeline(tuple(steps), principal), fit_of(own))


def identity(pipeline: Pipeline) -> str:
    """Equal for pipelines that do the same."""
    return json.dumps(_settled(pipeline).to_json()["steps"], sort_keys=True)


def title(pipeline: Pipeline) -> str:
    """The methods and every hyperparameter that is not at its default; the same pipeline always has the same title."""
    settled = _settled(pipeline)
    parts = []
    for step in settled.steps:
        defaults = step.method.space.defaults()
        moved = [f"{name} {value}" for name, value in step.parameters.items() if value != defaults[name]]
        parts.append(f"{step.method.name} ({', '.join(moved)})" if moved else step.method.name)
    return " + ".join(parts)[:200]


def _with_step(pipeline: Pipeline, at: int, step: StepOf) -> Pipeline:
    steps = list(pipeline.steps)
    steps[at] = step
    return _settled(replace(pipeline, steps=tuple(steps)))


def _settled(pipeline: Pipeline) -> Pipeline:
    steps = []
    for at, step in enumerate(pipeline.steps):
        last = at == len(pipeline.steps) - 1
        defaults = step.method.space.defaults()
        idle = () if last and step.parameters["fit"] == Fit.TOP else _OF_TUNING
        settled = step.parameters | {name: defaults[name] for name in idle}
        steps.append(replace(step, parameters=settled if last else settled | {"fit": Fit.HEAD.value}))
    return replace(pipeline, steps=tuple(steps))
