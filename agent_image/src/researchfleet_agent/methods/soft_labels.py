"""Soft weak labels: learn the weak teacher's probabilities as they are."""

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real
from researchfleet_agent.methods.study import Study


def soften(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """The labels, their logits divided by a temperature (1: as they are)."""
    del study
    return plan.labelled(plan.tempered(float(parameters["temperature"])))


METHOD = method(
    "soft-labels",
    Family.DISTILLATION,
    soften,
    source="Hinton et al. 2015: match the teacher's probabilities, not its decisions",
    temperature=Real(0.25, 4.0, 1.0, log=True),
)
