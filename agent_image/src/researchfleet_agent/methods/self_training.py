"""Self-training with prior matching: the student labels the pool anew, with as many of each label as there should be."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.head import fit_head


def relabel(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels by the student's own ranking, cut at the prior; repeated, each round on the rows it is surest of."""
    features = study.features(plan)
    counts = plan.weights
    for _ in range(int(parameters["rounds"])):
        head = fit_head(features, plan.targets, plan.weights, penalty=plan.recipe.penalty, loss=plan.recipe.loss)
        own = head.predict(features)
        cut = float(np.quantile(own[counts > 0], 1 - study.prior))
        fresh = Plan((own > cut).astype(np.float64), counts, plan.recipe, plan.members)
        plan = fresh.weighted(fresh.surest(np.abs(own - cut), float(parameters["keep"])))
    return plan


METHOD = method(
    "self-training",
    Family.SELF_TRAINING,
    relabel,
    source="Scudder 1965; Lee 2013 (pseudo-labels), cut at the prior as in distribution alignment, Berthelot et al. 2020",
    rounds=Whole(1, 6, 2),
    keep=Real(0.3, 1.0, 1.0),
)
