"""What a method works with: one weak-to-strong problem, one seed."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.testbed import Row

from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.student import Backbone, Fit, Recipe, Student
from researchfleet_agent.task import Task


class Study:
    """Rows of the pool and the test, the weak teacher's opinion of the pool, and students to fit.

    weak: P(label = 1) by the weak teacher, [pool]. prior: the share of label 1 to expect: a half where the task says that
    its parts are balanced, else the weak teacher's mean.
    """

    def __init__(self, task: Task, weak: Floats, backbone: Backbone, *, seed: int) -> None:
        self.task = task
        self.pool: Sequence[Row] = task.pool
        self.test: Sequence[Row] = task.test
        self.weak = weak
        self.seed = seed
        self.prior = 0.5 if task.balanced else float(np.clip(weak.mean(), 0.05, 0.95))
        self._backbone = backbone

    def rng(self, name: str) -> np.random.Generator:
        """Randomness of its own for each named purpose, so that a step does not change what another one draws."""
        return np.random.default_rng([self.seed, crc32(name.encode())])

    def student(self, seed: int = 0) -> Student:
        """A fresh student; seed: which of several, beside the study's own seed."""
        return Student(self._backbone, seed=int(np.random.SeedSequence([self.seed, seed]).generate_state(1)[0]))

    def plan(self) -> Plan:
        """Where every pipeline starts: the weak labels as they are, all rows alike."""
        return Plan(self.weak.astype(np.float64), np.ones(len(self.pool)), Recipe())

    def fitted(self, plan: Plan, rows: NDArray[np.intp] | None = None, *, inner: bool = False) -> Student:
        """A student fitted to (those rows of) the pool as planned.

        inner: one a method needs on its way. It gets a head only, as fine-tuning five or ten of them takes minutes, and
        the measured gain of fine-tuning comes with the last one.
        """
        recipe = replace(plan.recipe, fit=Fit.HEAD) if inner else plan.recipe
        if rows is None:
            return self.student().fit(self.pool, plan.targets, plan.weights, recipe=recipe)
        return self.student().fit([self.pool[row] for row in rows], plan.targets[rows], plan.weights[rows], recipe=recipe)

    def cross_predict(self, plan: Plan, folds: int) -> Floats:
        """P(label = 1) of every pool row by a student that was not fitted to that row (nor to its group), [pool]."""
        out = np.empty(len(self.pool))
        assigned = self.folds(folds)
        for fold in range(folds):
            inside = assigned == fold
            student = self.fitted(plan, np.flatnonzero(~inside & (plan.weights > 0)), inner=True)
            out[inside] = student.predict([self.pool[row] for row in np.flatnonzero(inside)])
        return out

    def folds(self, count: int) -> NDArray[np.intp]:
        """A fold for each pool row, [pool]; folds are of one size, and a group stays together."""
        shuffled = self.rng("folds").permutation(len(self._units[0]))
        return (shuffled % count)[self._units[1]]

    def resample(self, member: int) -> Floats:
        """How often each pool row is drawn in a bootstrap over rows (over groups where there are), [pool]."""
        units, of_row = self._units
        drawn = self.rng(f"resample {member}").integers(0, len(units), len(units))
        return np.bincount(drawn, minlength=len(units)).astype(np.float64)[of_row]

    @cached_property
    def _units(self) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        units, of_row = np.unique([row.group or row.id for row in self.pool], return_inverse=True)
        return units, of_row
