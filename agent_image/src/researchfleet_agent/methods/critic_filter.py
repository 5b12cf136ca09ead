"""Critic-like filter: a critic learns to find labels that were falsified on purpose, then drops those it suspects."""

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.head import standardisation


def criticise(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels on the rows of each label whose label the critics suspect least."""
    features = study.features(plan)
    mean, scale = standardisation(features)
    rows = (features - mean) / scale
    hard = plan.hard()
    rng = study.rng("critic")
    suspicion = np.zeros(len(hard))
    for _ in range(int(parameters["critics"])):
        planted = rng.random(len(hard)) < float(parameters["planted"])
        shown = np.where(planted, 1 - hard, hard)
        suspicion += study.held_out(_claim(rows, shown), plan.labelled(planted.astype(np.float64)), ask=_claim(rows, hard))
    judged = plan.labelled(hard)
    return judged.weighted(judged.surest(-suspicion, float(parameters["keep"])))


def _claim(rows: NDArray[np.floating], labels: Floats) -> NDArray[np.floating]:
    """A row together with a label for it, as a linear critic can judge: features with the label's sign, and the label."""
    sign = (2 * labels - 1)[:, None].astype(np.float32)
    return np.hstack([rows * sign, sign])


METHOD = method(
    "critic-filter",
    Family.DATA_FILTERING,
    criticise,
    source="McAleese et al. 2024: critics trained on bugs that were planted; critic training without a generator",
    critics=Whole(1, 8, 3),
    planted=Real(0.1, 0.5, 0.3),
    keep=Real(0.3, 0.95, 0.7),
)
