"""The two custom resources, `researchfleet.dev/v1alpha1`. crds/ is generated from them (`make generate`)."""

from researchfleet_core.api.agent import Agent, AgentSpec
from researchfleet_core.api.fleet import FleetSpec, ResearchFleet

__all__ = ["Agent", "AgentSpec", "FleetSpec", "ResearchFleet"]
