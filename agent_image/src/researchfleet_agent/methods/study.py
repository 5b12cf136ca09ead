"""What a method works with: one weak-to-strong problem, one seed."""

from collections.abc import Sequence
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.testbed import Row

from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.student import Backbone, Recipe, Student
from researchfleet_agent.student.head import fit_head
from researchfleet_agent.task import Task

# Of cross-fitting: four fifths of the pool train each head (Chernozhukov et al. 2018 use 2 to 5).
FOLDS = 5


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

    def fitted(self, plan: Plan) -> Student:
        """A student fitted to the pool as planned."""
        return self.student().fit(self.pool, plan.targets, plan.weights, recipe=plan.recipe)

    def features(self, plan: Plan, layer: int | None = None) -> NDArray[np.float32]:
        """The student's frozen features of the pool after the layer the plan names, or another one, [pool, width]."""
        return self.student().features(self.pool, plan.recipe.layer if layer is None else layer)

    def held_out(
        self,
        features: NDArray[np.floating],
        plan: Plan,
        *,
        folds: int = FOLDS,
        ask: NDArray[np.floating] | None = None,
    ) -> Floats:
        """P(label = 1) of every pool row by a head that was not fitted to that row (nor to its group), [pool].

        features: what heads are fitted to; ask: what they are asked about where that differs; both [pool, width]. Heads
        and not fine-tuned students, because a method needs five or fifty of them; the student that predicts in the end
        is fitted as the plan's recipe says.
        """
        asked = features if ask is None else ask
        out = np.empty(len(self.pool))
        fold_of = self.folds(folds)
        for fold in range(folds):
            used = (fold_of != fold) & (plan.weights > 0)
            head = fit_head(
                features[used],
                plan.targets[used],
                plan.weights[used],
                penalty=plan.recipe.penalty,
                loss=plan.recipe.loss,
            )
            out[fold_of == fold] = head.predict(asked[fold_of == fold])
        return out

    @property
    def middle_layer(self) -> int:
        """Half-way up the student."""
        return self._backbone.layers // 2

    def last_layers(self, count: int) -> list[int]:
        """The uppermost layers, at most as many as the student has."""
        return [-1 - below for below in range(min(count, self._backbone.layers))]

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
