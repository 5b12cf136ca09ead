"""Methods one after the other, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from researchfleet_core.families import Family

from researchfleet_agent.methods.method import Method, predict
from researchfleet_agent.methods.plan import Floats
from researchfleet_agent.methods.registry import named
from researchfleet_agent.methods.space import ParameterError, Parameters, Value
from researchfleet_agent.methods.study import Study

MAX_STEPS = 6


@dataclass(frozen=True)
class StepOf:
    """A method with all its hyperparameters."""

    method: Method
    parameters: Parameters

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Value] | None = None) -> Self:
        """Defaults fill what is not given. Raises KeyError for the name, ParameterError for a value."""
        chosen = named(name)
        try:
            return cls(chosen, chosen.space.complete(parameters or {}))
        except ParameterError as error:
            raise ParameterError(f"{name}.{error}") from None


@dataclass(frozen=True)
class Pipeline:
    """Steps in the order they are applied. principal: the position of the step whose family the pipeline is of."""

    steps: tuple[StepOf, ...]
    principal: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= MAX_STEPS:
            raise ValueError(f"{len(self.steps)} steps are not allowed (1 to {MAX_STEPS})")
        if not 0 <= self.principal < len(self.steps):
            raise ValueError(f"principal: {self.principal} is not allowed (0 to {len(self.steps) - 1})")

    @classmethod
    def of(cls, *names: str, principal: int = 0) -> Self:
        """Methods at their defaults."""
        return cls(tuple(StepOf.of(name) for name in names), principal)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`; a missing `principal` is 0. Raises KeyError or ValueError naming what is wrong."""
        steps: Sequence[Mapping[str, Any]] = content["steps"]
        return cls(
            tuple(StepOf.of(step["method"], step.get("parameters", {})) for step in steps), int(content.get("principal", 0))
        )

    def to_json(self) -> dict[str, Any]:
        """`{"steps": [{"method": ..., "parameters": {...}}], "principal": 0}`; what snapshots hold."""
        steps = [{"method": step.method.name, "parameters": dict(step.parameters)} for step in self.steps]
        return {"steps": steps, "principal": self.principal}

    @property
    def family(self) -> Family:
        """The principal step's."""
        return self.steps[self.principal].method.family

    @property
    def name(self) -> str:
        """The methods' names in order."""
        return " + ".join(step.method.name for step in self.steps)

    def run(self, study: Study) -> Floats:
        """P(label = 1) of the test rows, [test]."""
        plan = study.plan()
        for step in self.steps:
            plan = step.method.apply(study, plan, step.parameters)
        return predict(study, plan)
