"""Curriculum by agreement: start from rows on which student and weak label agree, then admit harder ones."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study


def admit(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels on the rows admitted last.

    Each stage asks students fitted to the rows admitted so far about all rows they were not fitted to, and admits those
    whose label they find likeliest, more of them in each stage.
    """
    features = study.features(plan)
    hard = plan.labelled(plan.hard())
    admitted = hard.surest(np.abs(plan.targets - 0.5), float(parameters["first"]))
    for share in np.linspace(float(parameters["first"]), float(parameters["last"]), int(parameters["stages"])):
        predicted = study.held_out(features, hard.weighted(admitted))
        admitted = hard.surest(hard.agreement(predicted), float(share))
    return hard.weighted(admitted)


METHOD = method(
    "curriculum",
    Family.CURRICULUM,
    admit,
    source="Kumar et al. 2010 (self-paced learning), easiness by agreement as in Han et al. 2018",
    first=Real(0.1, 0.5, 0.3),
    last=Real(0.5, 1.0, 0.8),
    stages=Whole(2, 6, 4),
)
