"""The runs of one reproduction."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

from researchfleet_core.wire.evaluation import Variation

from researchfleet_evaluator.problem import Problem
from researchfleet_evaluator.seeds import draws, shuffler

# Enough for an interval; a counterfactual has to fall far, and transfer is read beside the sealed rows, not instead.
SIDE_SEEDS = 3


@dataclass(frozen=True)
class Condition:
    """What a group of runs has in common. target: version of a testbed, whose sealed part is run."""

    target: str
    student: str
    variation: Variation
    seeds: int


@dataclass(frozen=True)
class PlannedRun:
    """One run. task: folder in the archive; weak: neutral name below it; position: place in plan.json."""

    uid: str
    position: int
    condition: Condition
    task: str
    weak: str
    teacher: int
    seed: int


def random_version(student: str) -> str:
    """The name of a student with the same architecture and random weights."""
    return f"{student}-random"


def conditions(problem: Problem) -> list[Condition]:
    """What a finalist is run on: the sealed rows, both counterfactuals on them, other testbeds, other students."""
    sealed, first = problem.testbed, problem.student
    return [
        Condition(sealed, first, Variation.NONE, problem.reproduction_seeds),
        Condition(sealed, first, Variation.SHUFFLED_LABELS, SIDE_SEEDS),
        Condition(sealed, random_version(first), Variation.RANDOM_STUDENT, SIDE_SEEDS),
        *(Condition(target, first, Variation.NONE, SIDE_SEEDS) for target in problem.transfer),
        *(Condition(sealed, student, Variation.NONE, SIDE_SEEDS) for student in problem.students[1:]),
    ]


def plan_runs(problem: Problem, secret: bytes, teachers: Mapping[str, int], reproduction: str) -> list[PlannedRun]:
    """All runs of a reproduction, in the order of plan.json, which tells nothing.

    teachers: how many sealed weak teachers each target has. Seeds come from a sequence of the fleet that no experiment uses;
    every finalist gets the same ones, so that finalists are compared paired.
    """
    tasks = {target: f"task-{i}" for i, target in enumerate([problem.testbed, *problem.transfer])}
    groups: list[tuple[Condition, int, int]] = []
    start = dict.fromkeys(tasks, 0)
    for condition in conditions(problem):
        target = condition.target
        drawn = draws(secret, f"sealed:{target}", teachers[target], start[target], condition.seeds)
        start[target] += condition.seeds
        groups += [(condition, draw.teacher, draw.seed) for draw in drawn]
    order = shuffler(secret, f"order:{reproduction}")
    order.shuffle(groups)
    names = _weak_names(groups)
    return [
        PlannedRun(f"r-{token_hex(8)}", i, condition, tasks[condition.target], names[i], teacher, seed)
        for i, (condition, teacher, seed) in enumerate(groups)
    ]


def _weak_names(groups: list[tuple[Condition, int, int]]) -> list[str]:
    """Names in the order of first use, which is a random one. A permuted teacher gets a file of its own for every run."""
    names: dict[tuple[str, int, int | None], str] = {}
    taken: dict[str, int] = {}
    result = []
    for condition, teacher, seed in groups:
        permuted = condition.variation is Variation.SHUFFLED_LABELS
        key = (condition.target, teacher, seed if permuted else None)
        if key not in names:
            names[key] = f"weak/{taken.get(condition.target, 0)}.npy"
            taken[condition.target] = taken.get(condition.target, 0) + 1
        result.append(names[key])
    return result
