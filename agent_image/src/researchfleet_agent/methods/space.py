"""Hyperparameters with their types, ranges and defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log

import numpy as np

Value = str | int | float
Parameters = dict[str, Value]


class ParameterError(ValueError):
    """A hyperparameter is unknown or out of range: its name, the value, what is allowed."""


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[Value, ...]
    default: Value

    def sample(self, rng: np.random.Generator) -> Value:
        """Any of them, evenly."""
        return self.values[int(rng.integers(len(self.values)))]

    def near(self, value: Value, rng: np.random.Generator) -> Value:
        """Another one where there is one."""
        others = [other for other in self.values if other != value]
        return others[int(rng.integers(len(others)))] if others else value

    def check(self, value: Value) -> Value:
        """The value itself, if it is one of them."""
        if isinstance(value, bool) or value not in self.values:
            raise ValueError(f"one of {list(self.values)}")
        return self.values[self.values.index(value)]


@dataclass(frozen=True)
class Real:
    """A number from low to high; log: steps are factors."""

    low: float
    high: float
    default: float
    log: bool = False

    def sample(self, rng: np.random.Generator) -> float:
        """Evenly, on the logarithm where log says so."""
        return self._from_unit(float(rng.random()))

    def near(self, value: Value, rng: np.random.Generator) -> float:
        """A normal step with a fifth of the range as standard deviation."""
        step = self._unit(float(value)) + float(rng.normal(0.0, 0.2))
        return self._from_unit(min(1.0, max(0.0, step)))

    def check(self, value: Value) -> float:
        """The value as a float, if it is in range."""
        if isinstance(value, bool | str) or not self.low <= value <= self.high:
            raise ValueError(f"{self.low} to {self.high}")
        return float(value)

    def _unit(self, value: float) -> float:
        low, high, at = (log(self.low), log(self.high), log(value)) if self.log else (self.low, self.high, value)
        return (at - low) / (high - low)

    def _from_unit(self, unit: float) -> float:
        if self.log:
            value = exp(log(self.low) + unit * (log(self.high) - log(self.low)))
        else:
            value = self.low + unit * (self.high - self.low)
        # Three digits: more would pretend a precision that no experiment here has, and read badly in a snapshot.
        return min(self.high, max(self.low, float(f"{value:.3g}")))


@dataclass(frozen=True)
class Whole:
    """A whole number from low to high."""

    low: int
    high: int
    default: int

    def sample(self, rng: np.random.Generator) -> int:
        """Evenly."""
        return int(rng.integers(self.low, self.high + 1))

    def near(self, value: Value, rng: np.random.Generator) -> int:
        """A step of one to a quarter of the range, either way."""
        step = int(rng.integers(1, max(2, (self.high - self.low) // 4 + 1)))
        return min(self.high, max(self.low, int(value) + (step if rng.random() < 0.5 else -step)))

    def check(self, value: Value) -> int:
        """The value itself, if it is a whole number in range."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueError(f"a whole number from {self.low} to {self.high}")
        return value


Hyperparameter = Choice | Real | Whole


class Space:
    """The hyperparameters of a method by name."""

    def __init__(self, **hyperparameters: Hyperparameter) -> None:
        self.hyperparameters: Mapping[str, Hyperparameter] = hyperparameters

    def defaults(self) -> Parameters:
        """Every default."""
        return {name: one.default for name, one in self.hyperparameters.items()}

    def sample(self, rng: np.random.Generator) -> Parameters:
        """A random point."""
        return {name: one.sample(rng) for name, one in self.hyperparameters.items()}

    def mutate(self, rng: np.random.Generator, parameters: Mapping[str, Value]) -> Parameters:
        """A neighbour: one or two hyperparameters take a step, the others stay."""
        mutated = self.complete(parameters)
        names = sorted(mutated)
        for name in rng.choice(names, size=min(len(names), int(rng.integers(1, 3))), replace=False):
            mutated[str(name)] = self.hyperparameters[str(name)].near(mutated[str(name)], rng)
        return mutated

    def complete(self, parameters: Mapping[str, Value]) -> Parameters:
        """The given values, checked, and defaults for the rest. Raises ParameterError naming what is allowed."""
        if unknown := sorted(set(parameters) - set(self.hyperparameters)):
            raise ParameterError(f"{unknown[0]}: no such hyperparameter (there are {', '.join(self.hyperparameters)})")
        complete = self.defaults()
        for name, value in parameters.items():
            try:
                complete[name] = self.hyperparameters[name].check(value)
            except ValueError as error:
                raise ParameterError(f"{name}: {value!r} is not allowed ({error})") from None
        return complete
