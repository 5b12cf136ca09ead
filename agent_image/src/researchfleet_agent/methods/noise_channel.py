"""EM for a noisy channel: the weak label is a noisy reading of the true one, and how noisy is estimated along."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Parameters, Whole
from researchfleet_agent.methods.study import Study


def estimate(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Labels: P(true label | features, weak label), the latter read as one of a few levels of P(label = 1)."""
    features = study.features(plan)
    inner = np.quantile(plan.targets, np.linspace(0, 1, int(parameters["levels"]) + 1)[1:-1])
    read = np.searchsorted(inner, plan.targets)
    truth = plan.targets
    for _ in range(int(parameters["rounds"])):
        prior = np.clip(study.held_out(features, plan.labelled(truth)), 1e-4, 1 - 1e-4)
        of_one, of_zero = _channel(read, truth, len(inner) + 1), _channel(read, 1 - truth, len(inner) + 1)
        one, zero = prior * of_one[read], (1 - prior) * of_zero[read]
        truth = one / (one + zero)
    return plan.labelled(truth)


def _channel(read: "np.ndarray[tuple[int], np.dtype[np.intp]]", weight: Floats, levels: int) -> Floats:
    """P(level read | true label), [levels]; one row of doubt a level, so that none is impossible."""
    counts = np.bincount(read, weights=weight, minlength=levels) + 1.0
    return np.asarray(counts / counts.sum(), np.float64)


METHOD = method(
    "noise-channel",
    Family.CONFIDENCE_WEIGHTING,
    estimate,
    source="Dawid and Skene 1979; with a classifier as the prior, Raykar et al. 2010",
    levels=Whole(2, 8, 4),
    rounds=Whole(1, 8, 3),
)
