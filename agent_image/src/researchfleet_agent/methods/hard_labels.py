"""Hard weak labels: learn what the weak teacher decided. The baseline of the study."""

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters
from researchfleet_agent.methods.study import Study


def harden(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """The labels, cut at a half."""
    del study, parameters
    return plan.labelled(plan.hard())


METHOD = method("hard-labels", Family.OTHER, harden, source="Burns et al. 2023: naive weak-to-strong fine-tuning")
