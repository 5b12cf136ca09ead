"""What never changes of an experiment."""

from dataclasses import dataclass

from researchfleet_evaluator.problem import Problem


@dataclass(frozen=True)
class Registration:
    """What never changes of an experiment, so that it may be kept in memory. seeds: those it has to deliver."""

    number: int
    uid: str
    fleet_uid: str
    agent_uid: str
    seeds: frozenset[int]
    problem: Problem
