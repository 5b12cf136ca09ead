"""Co-training: two views of the student's representation teach each other the rows they are sure of."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Choice, Parameters, Real, Whole
from researchfleet_agent.methods.study import Study


def teach_each_other(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Labels: the mean of what both views predict of held-out rows in the last round."""
    views = _views(study, plan, str(parameters["views"]))
    labels = [plan.targets, plan.targets]
    predicted = labels
    for _ in range(int(parameters["rounds"])):
        predicted = [study.held_out(view, plan.labelled(mine)) for view, mine in zip(views, labels, strict=True)]
        labels = [_taught(plan.labelled(labels[me]), predicted[1 - me], float(parameters["teach"])) for me in (0, 1)]
    return plan.labelled((predicted[0] + predicted[1]) / 2)


def _taught(pupil: Plan, teacher: Floats, share: float) -> Floats:
    """The pupil's labels, replaced where the teacher is surest."""
    sure = replace(pupil, targets=teacher).surest(np.abs(teacher - 0.5), share)
    return np.where(sure == 1, teacher > 0.5, pupil.targets).astype(np.float64)


def _views(study: Study, plan: Plan, kind: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    features = study.features(plan)
    if kind == "layers":
        return features, study.features(plan, study.middle_layer)
    order = study.rng("views").permutation(features.shape[1])
    half = len(order) // 2
    return features[:, order[:half]], features[:, order[half:]]


METHOD = method(
    "co-training",
    Family.MODEL_INTERNAL,
    teach_each_other,
    source="Blum and Mitchell 1998; views by a random split of the features as in Nigam and Ghani 2000, or by layer",
    views=Choice(("layers", "halves"), "layers"),
    rounds=Whole(1, 5, 2),
    teach=Real(0.05, 0.5, 0.2),
)
