"""Label smoothing: hard labels, but never entirely sure."""

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real
from researchfleet_agent.methods.study import Study


def smooth(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Hard labels moved towards a half."""
    del study
    amount = float(parameters["smoothing"])
    return plan.labelled((1 - amount) * plan.hard() + amount / 2)


METHOD = method(
    "label-smoothing",
    Family.LOSS_FUNCTION,
    smooth,
    source="Szegedy et al. 2016 (smoothing .1); Lukasik et al. 2020: it mitigates label noise",
    smoothing=Real(0.02, 0.8, 0.1),
)
