"""Distillation: students on several layers become the teacher of the student that predicts."""

import numpy as np
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study


def distil(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Labels: the teachers' mean prediction of rows they were not fitted to, tempered, mixed with the labels so far."""
    layers = study.last_layers(int(parameters["teachers"]))
    predicted = np.mean([study.held_out(study.features(plan, layer), plan) for layer in layers], axis=0)
    taught = plan.labelled(predicted).tempered(float(parameters["temperature"]))
    weak = float(parameters["weak"])
    return plan.labelled(weak * plan.targets + (1 - weak) * taught)


METHOD = method(
    "distillation",
    Family.DISTILLATION,
    distil,
    source="Hinton et al. 2015; a student as good as its teachers, Furlanello et al. 2018 (born-again networks)",
    teachers=Whole(1, 4, 3),
    temperature=Real(0.25, 2.0, 1.0, log=True),
    weak=Real(0.0, 0.9, 0.5),
)
