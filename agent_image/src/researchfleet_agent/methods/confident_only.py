"""Confident-only: drop the rows the weak teacher is unsure of."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real
from researchfleet_agent.methods.study import Study


def keep_confident(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels, on the rows whose label is farthest from a half."""
    del study
    kept = plan.surest(np.abs(plan.targets - 0.5), float(parameters["keep"]))
    return plan.labelled(plan.hard()).weighted(kept)


METHOD = method(
    "confident-only",
    Family.DATA_FILTERING,
    keep_confident,
    source="The released code of the study (train_only_on_confident_labels), there the best of the humans' four",
    keep=Real(0.2, 0.9, 0.5),
)
