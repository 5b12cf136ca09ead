"""Unsupervised elicitation: labels that the student's own features make predictable; the weak teacher only names them."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Parameters, Whole
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.head import standardisation


def elicit(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels by one direction of the features, then made mutually predictable.

    Of the leading principal directions, the weak labels choose the one that agrees with them most, and its sign; their
    values are not used otherwise. Then each row takes the label that students of the other folds predict, at the prior.
    """
    features = study.features(plan)
    hard = plan.hard()
    labels = max(
        (
            _cut(sign * scores, study.prior)
            for scores in _directions(features, int(parameters["directions"]))
            for sign in (1, -1)
        ),
        key=lambda candidate: float(plan.weights @ (candidate == hard)),
    )
    for _ in range(int(parameters["rounds"])):
        labels = _cut(study.held_out(features, plan.labelled(labels)), study.prior)
    return plan.labelled(labels)


def _cut(scores: Floats, prior: float) -> Floats:
    return (scores > np.quantile(scores, 1 - prior)).astype(np.float64)


def _directions(features: "np.ndarray[tuple[int, int], np.dtype[np.float32]]", count: int) -> Floats:
    """Scores of the rows along the leading principal directions, [count, rows]."""
    mean, scale = standardisation(features)
    rows = ((features - mean) / scale).astype(np.float64)
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return np.asarray((rows @ vectors[:, ::-1][:, :count]).T, np.float64)


METHOD = method(
    "elicitation",
    Family.UNSUPERVISED_ELICITATION,
    elicit,
    source="Burns et al. 2022 (CCS) and Wen et al. 2025 (internal coherence maximisation: mutual predictability)",
    directions=Whole(2, 32, 8),
    rounds=Whole(0, 8, 3),
)
