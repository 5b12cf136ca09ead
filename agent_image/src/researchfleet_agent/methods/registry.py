"""All methods by name."""

from collections.abc import Mapping
from types import MappingProxyType

from researchfleet_agent.methods import (
    bagged_ensemble,
    co_training,
    confident_only,
    critic_filter,
    crossfit,
    curriculum,
    distillation,
    elicitation,
    evolution,
    hard_labels,
    label_smoothing,
    log_confidence,
    noise_channel,
    self_training,
    soft_labels,
)
from researchfleet_agent.methods.method import Method

# The four a person would try first, then the others.
_MODULES = (
    hard_labels,
    soft_labels,
    confident_only,
    log_confidence,
    label_smoothing,
    bagged_ensemble,
    crossfit,
    self_training,
    co_training,
    noise_channel,
    curriculum,
    elicitation,
    distillation,
    critic_filter,
    evolution,
)

METHODS: Mapping[str, Method] = MappingProxyType({module.METHOD.name: module.METHOD for module in _MODULES})


def named(name: str) -> Method:
    """The method of a name. Raises KeyError listing the names there are."""
    if name not in METHODS:
        raise KeyError(f"{name!r} is no method (there are {', '.join(METHODS)})")
    return METHODS[name]
