"""Log-confidence: part of the target is the student's own hardened guess."""

from dataclasses import replace

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.recipe import LogConfidence


def trust_itself(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """The same labels under another loss."""
    loss = LogConfidence(study.prior, alpha=float(parameters["alpha"]), warmup=float(parameters["warmup"]))
    return replace(plan, recipe=replace(plan.recipe, loss=loss))


METHOD = method(
    "log-confidence",
    Family.LOSS_FUNCTION,
    trust_itself,
    source="Burns et al. 2023, section 4.3: auxiliary confidence loss, alpha .5 and warm-up .2 as in their code",
    alpha=Real(0.1, 0.9, 0.5),
    warmup=Real(0.05, 1.0, 0.2),
)
