"""pydantic's errors as sentences in our words, each at its place in the file."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from researchfleet_core.api import ResearchFleet
from researchfleet_core.api.meta import Part, Rule

from researchfleet.fleetfile import allowed
from researchfleet.fleetfile.document import Document
from researchfleet.fleetfile.problem import Path, Problem, dotted

_OUT_OF_RANGE = {
    "greater_than_equal",
    "less_than_equal",
    "greater_than",
    "less_than",
    "string_too_short",
    "string_too_long",
    "too_long",
    "too_short",
}


def validated(document: Document) -> tuple[ResearchFleet | None, list[Problem]]:
    """The fleet in a document, or everything that is wrong with it."""
    values = document.values
    if not isinstance(values, dict):
        message = f"{document.written(())} is not allowed (a mapping with {', '.join(allowed.fields(()))})"
        return None, [Problem(*document.place(()), "", message)]
    if another := _another_kind(document, values):
        return None, another
    # As on the API server, where status is a subresource: what a file says of it is not read.
    values = {name: value for name, value in values.items() if name != "status"}
    problems = _unknown_metadata(document, values)
    bad: set[Path] = set()
    fleet, errors = _validate(values)
    while errors:
        found = [(_path(values, error), error) for error in errors]
        problems += [_sentence(document, path, error) for path, error in found if not _hidden(error, path, bad)]
        # A rule over several fields is only asked of fields that are right, so ask again without those that are wrong.
        wrong = {path for path, _ in found}
        if wrong <= bad or not wrong:
            break
        bad |= wrong
        values = _without(values, (), wrong)
        _, errors = _validate(values)
    return (None if problems else fleet), problems


def _validate(values: dict[str, Any]) -> tuple[ResearchFleet | None, list[Any]]:
    try:
        # By JSON, strict and by alias only: what the API server takes, so that one file does for both.
        return ResearchFleet.model_validate_json(json.dumps(values), strict=True, by_alias=True, by_name=False), []
    except ValidationError as errors:
        return None, list(errors.errors(include_url=False))


def _another_kind(document: Document, values: dict[str, Any]) -> list[Problem]:
    """What is wrong with apiVersion and kind; the fields of another kind would only make noise."""
    problems = []
    for name in ("apiVersion", "kind"):
        words = allowed.one_of(allowed.schema_at((name,)))
        if name not in values:
            problems.append(Problem(1, 1, name, f"is missing ({words})"))
        elif values[name] != words:
            problems.append(Problem(*document.place((name,)), name, f"{document.written((name,))} is not allowed ({words})"))
    return problems


def _unknown_metadata(document: Document, values: dict[str, Any]) -> list[Problem]:
    metadata = values.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    return [_unknown(document, ("metadata", name)) for name in names if name not in allowed.METADATA]


def _path(values: Any, error: Any) -> Path:
    """The field that an error is about: for a rule over several fields the one it names, if the file has it."""
    path: Path = error["loc"]
    rule = _rule(error)
    named = (*path, *rule.field.split(".")) if rule else path
    try:
        for step in named:
            values = values[step]
    except (KeyError, IndexError, TypeError):
        return path
    return named


def _sentence(document: Document, path: Path, error: Any) -> Problem:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown(document, path)
    schema = allowed.schema_at(path)
    if kind == "missing":
        words = allowed.kind(schema)
        return Problem(*document.key_place(path), dotted(path), f"is missing ({words})")
    if rule := _rule(error):
        if path == error["loc"]:
            return Problem(*document.key_place(path), dotted(path), f"{rule.field} is missing ({rule.message})")
        words = rule.message
    else:
        # Beside a pattern a length says little.
        alone = kind in _OUT_OF_RANGE and "pattern" not in schema
        words = allowed.limits(schema) if alone else allowed.kind(schema)
        if kind == "string_type" and "pattern" not in schema and document.is_scalar(path):
            words += ", in quotes"
    return Problem(*document.place(path), dotted(path), f"{document.written(path)} is not allowed ({words})")


def _unknown(document: Document, path: Path) -> Problem:
    message = f"there is no such field; {allowed.suggestion(path)}"
    return Problem(*document.key_place(path), dotted(path), message)


def _rule(error: Any) -> Rule | None:
    """The rule over several fields that an error comes from, if it does."""
    if error["type"] != "value_error":
        return None
    said = str(error["ctx"]["error"])
    return next((rule for rule in _rules(Part) if said == f"{rule.field}: {rule.message}"), None)


def _rules(part: type[Part]) -> Iterator[Rule]:
    yield from part.rules
    for child in part.__subclasses__():
        yield from _rules(child)


def _hidden(error: Any, path: Path, bad: set[Path]) -> bool:
    """Whether an error follows only from a value that was already found wrong and taken out."""
    if path in bad or any(path[: len(one)] == one for one in bad):
        return True
    if rule := _rule(error):
        mentioned = re.findall(r"self\.(\w+)", rule.cel)
        return any((*error["loc"], name) in bad for name in mentioned)
    return False


def _without(values: Any, path: Path, bad: set[Path]) -> Any:
    """`values` without the fields that are wrong; items of lists keep their place, so they stay as they are."""
    if isinstance(values, dict):
        return {k: _without(v, (*path, k), bad) for k, v in values.items() if (*path, k) not in bad}
    if isinstance(values, list):
        return [_without(v, (*path, i), bad) for i, v in enumerate(values)]
    return values
