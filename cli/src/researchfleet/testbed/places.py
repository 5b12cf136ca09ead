"""YAML read into models, so that an error names file, line, field, value and what is allowed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from researchfleet_core.testbed import TestbedError, describe
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(content: bytes) -> object:
    """The plain values of a YAML text; tags that make objects are refused."""
    return YAML(typ="safe", pure=True).load(content)


def read_model(model: type[Model], content: bytes, file: Path | str) -> Model:
    """A model from YAML. Raises TestbedError with one line an error: `file:line:column: field: what, not value`."""
    try:
        tree = YAML(typ="rt").load(content)
        return model.model_validate(read_yaml(content))
    except YAMLError as error:
        raise TestbedError(str(file), f"not YAML: {error}") from None
    except ValidationError as errors:
        places = [f"{file}{_place(tree, one['loc'])}" for one in errors.errors()]
        problems = describe(errors).splitlines()
        lines = [f"{place}: {problem}" for place, problem in zip(places, problems, strict=True)]
        first, _, rest = "\n".join(lines).partition(": ")
        raise TestbedError(first, rest) from None


def _place(tree: Any, path: Sequence[str | int]) -> str:
    """`:line:column` of the deepest step of the path that the file has."""
    found = ""
    for step in path:
        try:
            line, column = tree.lc.key(step) if isinstance(step, str) else tree.lc.item(step)
            tree = tree[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        found = f":{line + 1}:{column + 1}"
    return found
