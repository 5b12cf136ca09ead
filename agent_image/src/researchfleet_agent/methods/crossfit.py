"""Cross-fit relabelling: students of the other folds say what a fold's labels should have been."""

from dataclasses import replace

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study


def relabel(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Labels averaged with what held-out students predict from them."""
    share = float(parameters["share"])
    hard = replace(plan, targets=plan.hard())
    predicted = study.held_out(study.features(plan), hard, folds=int(parameters["folds"]))
    return plan.labelled((1 - share) * plan.targets + share * predicted)


METHOD = method(
    "crossfit",
    Family.SELF_TRAINING,
    relabel,
    source="Northcutt et al. 2021 (confident learning) use out-of-fold predictions to find label errors",
    folds=Whole(2, 10, 5),
    share=Real(0.1, 1.0, 0.5),
)
