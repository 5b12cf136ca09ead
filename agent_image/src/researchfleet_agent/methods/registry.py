"""All methods by name."""

from collections.abc import Mapping
from types import MappingProxyType

from researchfleet_agent.methods import hard_labels, soft_labels
from researchfleet_agent.methods.method import Method

_MODULES = (hard_labels, soft_labels)

METHODS: Mapping[str, Method] = MappingProxyType({module.METHOD.name: module.METHOD for module in _MODULES})


def named(name: str) -> Method:
    """The method of a name. Raises KeyError listing the names there are."""
    if name not in METHODS:
        raise KeyError(f"{name!r} is no method (there are {', '.join(METHODS)})")
    return METHODS[name]
