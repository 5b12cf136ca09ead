"""Bagged ensemble: students on bootstrap resamples of the pool, their predictions averaged."""

from dataclasses import replace

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Whole
from researchfleet_agent.methods.study import Study


def bag(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """The same labels, several students."""
    del study
    return replace(plan, members=int(parameters["members"]))


METHOD = method(
    "bagged-ensemble",
    Family.ENSEMBLE,
    bag,
    source="Breiman 1996: averaging over resamples takes away the variance that noisy labels cause",
    members=Whole(3, 15, 7),
)
