"""The pages of docs/reference/, from core's models."""

import json
from collections.abc import Iterator
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from researchfleet_core import wire
from researchfleet_core.api import Agent, ResearchFleet
from researchfleet_core.crd import resource
from researchfleet_core.reasons import MEANING, ORDERED, REASON_MEANING, UNCOUNTED
from researchfleet_core.wire.base import Message
from researchfleet_core.wire.principals import PERMISSIONS, Operation, Role

Schema = dict[str, Any]


def resources() -> str:
    """Every field of the two resources."""
    parts = ["# Resources\n", "`researchfleet.dev/v1alpha1`. What is not needed and has no default may be left out.\n"]
    for model in (ResearchFleet, Agent):
        schema = resource(model)
        parts.append(f"## {model.__name__}\n\n{schema['description']}\n")
        for name in ("spec", "status"):
            part = schema["properties"][name]
            parts.append(f"### {model.__name__}: {name}\n\n{part['description']}\n")
            parts.append(_table(["field", "value", "default", "what"], list(_fields(part, f"{name}."))))
            if rules := [f"- `{path}`: {message}\n" for path, message in _rules(part, name)]:
                parts += ["Rules over several fields:\n", "".join(rules)]
    return "\n".join(parts)


def reasons() -> str:
    """Every reason constant with its meaning."""
    ends = [
        [f"`{end}`", meaning, "no" if end in UNCOUNTED else "yes", "yes" if end in ORDERED else "no"]
        for end, meaning in MEANING.items()
    ]
    of_conditions = [[f"`{reason}`", meaning] for reason, meaning in REASON_MEANING.items()]
    parts = [
        "# Reasons\n",
        "## Why an attempt ended\n",
        "Counted: a restart after it counts towards `failurePolicy.maxRestarts`, unless a rule says otherwise.",
        "Ordered: it was ended for the fleet's sake, so the next attempt does not wait.\n",
        _table(["reason", "meaning", "counted", "ordered"], ends),
        "## Why a condition of a fleet is what it is\n",
        _table(["reason", "meaning"], of_conditions),
    ]
    return "\n".join(parts)


def permissions() -> str:
    """Who may ask what of the hub."""
    rows = [[one.value, *("yes" if one in PERMISSIONS[role] else "" for role in Role)] for one in Operation]
    intro = "What can be asked of the hub, and by whom. Everything else is refused.\n"
    return "\n".join(["# Permissions\n", intro, _table(["operation", *(role.value for role in Role)], rows)])


def messages() -> str:
    """Every message on the wire."""
    parts = ["# Messages\n", "JSON. Unknown fields are refused.\n"]
    for found in iter_modules(wire.__path__):
        module = import_module(f"{wire.__name__}.{found.name}")
        ours = list(_messages(module))
        if ours:
            parts.append(f"## {found.name}\n\n{cleandoc(module.__doc__ or '')}\n")
        for message in ours:
            schema = message.model_json_schema()
            parts.append(f"### {message.__name__}\n\n{cleandoc(message.__doc__ or '')}\n")
            if rows := [_field(name, node, schema) for name, node in schema.get("properties", {}).items()]:
                parts.append(_table(["field", "value", "default", "what"], rows))
    return "\n".join(parts)


def _messages(module: ModuleType) -> Iterator[type[Message]]:
    for value in vars(module).values():
        is_message = isinstance(value, type) and issubclass(value, Message) and value is not Message
        if is_message and value.__module__ == module.__name__:
            yield value


def _field(name: str, node: Schema, model: Schema) -> list[str]:
    default = "needed" if name in model.get("required", []) else _default(node.get("default"))
    return [f"`{name}`", _value(node, model.get("$defs", {})), default, node.get("description", "")]


def _fields(schema: Schema, prefix: str) -> Iterator[list[str]]:
    for name, node in schema.get("properties", {}).items():
        _, *cells = _field(name, node, schema)
        yield [f"`{prefix}{name}`", *cells]
        yield from _fields(node, f"{prefix}{name}.")
        yield from _fields(node.get("items", {}), f"{prefix}{name}[].")


def _rules(schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    for rule in schema.get("x-kubernetes-validations", []):
        yield path, rule["message"]
    for name, node in schema.get("properties", {}).items():
        yield from _rules(node, f"{path}.{name}")
    yield from _rules(schema["items"], f"{path}[]") if "items" in schema else ()


def _default(value: object) -> str:
    # The default of a mapping is that of its fields, which stand below it.
    return "" if value is None or isinstance(value, dict) else f"`{json.dumps(value)}`"


def _value(node: Schema, known: dict[str, Schema]) -> str:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})" if "properties" in known[name] else _value(known[name], known)
    if node.get("x-kubernetes-int-or-string"):
        return f"whole number, or text like `{node['pattern']}`"
    if "anyOf" in node:
        return " or ".join(_value(option, known) for option in node["anyOf"])
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    words = [_kind(node, known)]
    words += [f"like `{node['pattern']}`"] if "pattern" in node else []
    words += ["date and time"] if node.get("format") == "date-time" else []
    words += [_range(node)] if _range(node) else []
    return ", ".join(words)


def _kind(node: Schema, known: dict[str, Schema]) -> str:
    inner = node.get("items") or node.get("additionalProperties")
    of = f" of ({_value(inner, known)})" if isinstance(inner, dict) and "properties" not in inner else ""
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "number": "number", "null": "null"}
    words |= {"array": f"list{of}", "object": f"mapping{of}"}
    return words.get(node.get("type", ""), "any JSON")


def _range(node: Schema) -> str:
    unit = {"string": " characters", "array": " items", "object": " keys"}.get(node.get("type", ""), "")
    low = next((node[key] for key in ("minimum", "minLength", "minItems", "minProperties") if key in node), None)
    high = next((node[key] for key in ("maximum", "maxLength", "maxItems", "maxProperties") if key in node), None)
    if low is None:
        return "" if high is None else f"at most {high}{unit}"
    return f"{low} or more{unit}" if high is None else f"{low} to {high}{unit}"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    """Text that a table can hold; between backticks `<` is itself already."""
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if "`" in text else text.replace("<", "&lt;")
