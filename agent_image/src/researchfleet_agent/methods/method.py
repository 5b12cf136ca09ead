"""A method: one way from weak labels towards a better student."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Choice, Hyperparameter, Parameters, Real, Space, Value, Whole
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.recipe import Fit

Step = Callable[[Study, Plan, Parameters], Plan]

# The hyperparameters every method has: how the student that predicts is fitted. Centres are the values measured before
# this library was written (docs/methods.md); ranges reach a factor of ten or so to both sides.
STUDENT: dict[str, Hyperparameter] = {
    "fit": Choice(("head", "top"), "head"),
    "penalty": Real(0.002, 2.0, 0.02, log=True),
    "layer": Choice((-1, -2, -3), -1),
    "epochs": Whole(1, 4, 2),
    "learning_rate": Real(1e-4, 1e-3, 3e-4, log=True),
}

# Fine-tuning one student on 2,000 sentences takes some 20 s of one core: more of them would not end within a run's limit.
MAX_TUNED_MEMBERS = 3


@dataclass(frozen=True)
class Method:
    """name: as in snapshots; source: where the idea comes from; step: turns a plan into another (plan.py).

    space: its own hyperparameters and those of STUDENT.
    """

    name: str
    family: Family
    source: str
    space: Space
    step: Step

    def apply(self, study: Study, plan: Plan, parameters: Mapping[str, Value]) -> Plan:
        """The plan after this method. Its `fit` and the like hold from here on, until a later step sets its own."""
        complete = self.space.complete(parameters)
        recipe = replace(
            plan.recipe,
            fit=Fit(str(complete["fit"])),
            penalty=float(complete["penalty"]),
            layer=int(complete["layer"]),
            epochs=int(complete["epochs"]),
            learning_rate=float(complete["learning_rate"]),
        )
        return self.step(study, replace(plan, recipe=recipe), complete)

    def run(self, study: Study, parameters: Mapping[str, Value] | None = None) -> Floats:
        """P(label = 1) of the test rows, [test], by this method alone."""
        return predict(study, self.apply(study, study.plan(), parameters or {}))


def method(name: str, family: Family, step: Step, *, source: str, **hyperparameters: Hyperparameter) -> Method:
    """A method with its own hyperparameters and the student's."""
    return Method(name, family, source, Space(**hyperparameters, **STUDENT), step)


def predict(study: Study, plan: Plan) -> Floats:
    """Train as planned and predict the test rows: P(label = 1), [test]."""
    if plan.members == 1:
        return study.fitted(plan).predict(study.test)
    members = min(plan.members, MAX_TUNED_MEMBERS) if plan.recipe.fit is Fit.TOP else plan.members
    votes = [
        study.student(member)
        .fit(study.pool, plan.targets, plan.weights * study.resample(member), recipe=plan.recipe)
        .predict(study.test)
        for member in range(members)
    ]
    return np.asarray(np.mean(votes, axis=0), np.float64)
