"""YAML read into models, so that an error names file, line, field, value and what is allowed."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from researchfleet_core.testbed import TestbedError, describe
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
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


def dump_yaml(model: BaseModel) -> bytes:
    """The model as YAML to be read by people: in the order of its fields, short maps and lists of numbers on one line."""
    writer = YAML(typ="rt")
    writer.width = 120
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    writer.dump(_laid_out(model.model_dump(mode="json")), out)
    return out.getvalue().encode()


def _laid_out(value: Any) -> Any:
    if isinstance(value, dict):
        mapping = CommentedMap((name, _laid_out(one)) for name, one in value.items())
        if all(isinstance(one, int | float) for one in value.values()):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq(_laid_out(one) for one in value)
        if not any(isinstance(one, dict) for one in value):
            sequence.fa.set_flow_style()
        return sequence
    return value


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
