"""Weak-to-strong methods: one file a method, all behind `Method`, combined by `Pipeline`."""

from researchfleet_agent.methods.method import Method
from researchfleet_agent.methods.pipeline import Pipeline, StepOf
from researchfleet_agent.methods.plan import Plan
from researchfleet_agent.methods.registry import METHODS, named
from researchfleet_agent.methods.snapshot import snapshot_files
from researchfleet_agent.methods.space import ParameterError, Space
from researchfleet_agent.methods.study import Study

__all__ = ["METHODS", "Method", "ParameterError", "Pipeline", "Plan", "Space", "StepOf", "Study", "named", "snapshot_files"]
