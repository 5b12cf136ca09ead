"""docs/summary.md from the model: `python -m researchfleet.summary.document [FILE]` writes it."""

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from researchfleet.summary.model import Summary

TITLE = """\
# summary.json

Generated from `researchfleet.summary.model`; do not edit. A run leaves `runs/<fleet>/summary.json` at its end and when it is
drained or stopped (then `outcome.state` is not `finished`). `researchfleet report` makes report.html from it alone.
Money is in nano-USD (1 USD = 1,000,000,000). Times are UTC. PGR is (accuracy - weak) / (ceiling - weak), not clipped.
`schema_version` changes when a field changes its meaning or goes away.
"""
# Parts that have their own page, and need no second one here.
ELSEWHERE = {"FleetSpec": "as `spec` in fleet.yaml"}


def document(root: type[BaseModel] = Summary) -> str:
    """The page: one table a model, in the order in which a reader meets them."""
    return "\n".join([TITLE, *(_section(model) for model in _models(root, set()))])


def _section(model: type[BaseModel]) -> str:
    lines = [f"## {model.__name__}", (model.__doc__ or "").strip().replace("\n    ", "\n"), ""]
    lines += ["| field | type | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        lines.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {field.description or ''} |")
    return "\n".join([*lines, ""])


def _models(model: type[BaseModel], seen: set[str]) -> Iterator[type[BaseModel]]:
    if model.__name__ in seen or model.__name__ in ELSEWHERE:
        return
    seen.add(model.__name__)
    yield model
    for field in model.model_fields.values():
        for inner in _mentioned(field.annotation):
            yield from _models(inner, seen)


def _mentioned(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _mentioned(argument)


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        text = " or ".join(_type(one) for one in arguments if one is not NoneType)
        return f"{text} or null" if NoneType in arguments else text
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[0])} -> {_type(arguments[1])}"
    if arguments:
        return _type(arguments[0])
    return _plain(annotation)


def _plain(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(f"`{one.value}`" for one in kind)
    name = getattr(kind, "__name__", "any value")
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{name}](#{name.lower()})"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "datetime": "time"}.get(
        name, "any value"
    )


def main() -> None:
    """Write the page to the file named on the command line, or print it."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(document(), encoding="utf-8")
    else:
        sys.stdout.write(document())


if __name__ == "__main__":
    main()
