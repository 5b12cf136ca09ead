"""The transfer table of a reproduction."""

import numpy as np
from researchfleet_core.pgr import accuracy_interval, bootstrap_interval
from researchfleet_core.testbed import Slice
from researchfleet_core.wire.evaluation import ConditionScore, Interval, Variation
from sqlalchemy import Connection, select

from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.problem import Problem
from researchfleet_evaluator.reproduction.opened import Opened, Run
from researchfleet_evaluator.reproduction.planning import Condition, conditions
from researchfleet_evaluator.scoring import BoolArray, correct
from researchfleet_evaluator.store.tables import runs
from researchfleet_evaluator.testbeds import Loaded


def score(evaluator: Evaluator, connection: Connection, problem: Problem, opened: Opened) -> list[ConditionScore]:
    """One line for each condition: sealed rows, both counterfactuals, other testbeds, other students."""
    return [_score(evaluator, connection, problem, condition, _of(opened, condition)) for condition in conditions(problem)]


def _of(opened: Opened, condition: Condition) -> list[Run]:
    key = (condition.target, condition.student, condition.variation)
    return [run for run in opened.runs if (run.target, run.student, run.variation) == key]


def _score(
    evaluator: Evaluator, connection: Connection, problem: Problem, condition: Condition, of_condition: list[Run]
) -> ConditionScore:
    loaded = evaluator.shelf.pinned(condition.target)
    student = problem.student if condition.variation is Variation.RANDOM_STUDENT else condition.student
    scale = loaded.scale(student, Slice.SEALED)
    delivered = tuple(sorted(run.uid for run in of_condition if run.answered and not run.failed))
    accuracy: Interval | None = None
    pgr: Interval | None = None
    if delivered:

        def right() -> BoolArray:
            return _correct(connection, loaded, delivered)

        accuracy = evaluator.estimates.get(("accuracy", delivered), lambda: accuracy_interval(right()))
        pgr = evaluator.estimates.get(("pgr", delivered), lambda: bootstrap_interval(right(), scale.weak, scale.ceiling))
    return ConditionScore(
        target=condition.target,
        student=condition.student,
        variation=condition.variation,
        runs=len(of_condition),
        failed=sum(run.failed for run in of_condition),
        weak=scale.weak,
        ceiling=scale.ceiling,
        accuracy=accuracy,
        pgr=pgr,
    )


def _correct(connection: Connection, loaded: Loaded, delivered: tuple[str, ...]) -> BoolArray:
    """Right or not, bool [runs, sealed rows]."""
    query = select(runs.c.predictions).where(runs.c.uid.in_(delivered)).order_by(runs.c.seed, runs.c.uid)
    part = loaded.testbed.sealed
    return np.stack([correct(stored, part, Slice.SEALED) for stored in connection.scalars(query) if stored is not None])
