"""What a field of a ResearchFleet may hold, in words, from the schema of the model."""

from difflib import get_close_matches
from functools import cache
from typing import Any

from researchfleet_core.api import ResearchFleet

from researchfleet.fleetfile.problem import Path, dotted

Schema = dict[str, Any]

# Patterns as words. A test fails when the models have one that is not here.
PATTERNS = {
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$": "lower-case letters, digits and -, at most 63",
    r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$": "lower-case letters, digits and -, a letter first, at most 40",
    r"^[0-9]{1,9}(\.[0-9]{1,3})?m?$": 'a number of cores such as 2, "0.5" or "500m"',
    r"^[0-9]{1,15}(\.[0-9]{1,9})?([kMGTPE]|[KMGTPE]i)?$": 'a number of bytes such as "500Mi", "3Gi" or "2G"',
    r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$": "a resource name such as nvidia.com/gpu",
    r"^s3://[a-z0-9.-]+(/.*)?$": "s3://bucket/folder",
    r"^sha256:[0-9a-f]{64}$": "sha256: and 64 hexadecimal digits",
    r"^[0-9]{1,9}(\.[0-9]{1,9})?$": 'a whole number, or one in quotes with at most 9 decimals such as "1.50"',
    r"^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$": 'a duration such as "90s", "3m", "1h30m" or "120h"',
}

# Fields of Kubernetes' ObjectMeta that a file may carry; we read the first of them.
METADATA = [
    *("name", "namespace", "labels", "annotations", "uid", "generation", "creationTimestamp", "deletionTimestamp"),
    *("resourceVersion", "managedFields", "finalizers", "ownerReferences", "generateName", "selfLink"),
    "deletionGracePeriodSeconds",
]


@cache
def root() -> Schema:
    """The JSON schema of a ResearchFleet."""
    return ResearchFleet.model_json_schema(by_alias=True)


def resolve(schema: Schema) -> Schema:
    """The schema itself instead of a reference to it, and of a value that may be absent the schema when it is there."""
    if "$ref" in schema:
        return resolve({**root()["$defs"][schema["$ref"].removeprefix("#/$defs/")], **_beside(schema)})
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    return resolve({**options[0], **_beside(schema)}) if len(options) == 1 else schema


def _beside(schema: Schema) -> Schema:
    return {key: schema[key] for key in ("description",) if key in schema}


def schema_at(path: Path) -> Schema:
    """The schema of the field at `path`; {} where the model has none."""
    schema = root()
    for step in path:
        schema = resolve(schema)
        schema = schema.get("items", {}) if isinstance(step, int) else _field(schema, step)
    return resolve(schema)


def _field(schema: Schema, name: str) -> Schema:
    found = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def fields(path: Path) -> list[str]:
    """The fields that a mapping at `path` may have."""
    if path == ():
        return ["apiVersion", "kind", "metadata", "spec"]
    return METADATA if path == ("metadata",) else list(schema_at(path).get("properties", {}))


def kind(schema: Schema) -> str:
    """What type of value is allowed, in words, with its range."""
    if words := one_of(schema) or PATTERNS.get(schema.get("pattern", "")):
        return words
    names = list(schema.get("properties", {}))
    words = {
        "integer": "a whole number",
        "boolean": "true or false",
        "array": "a list, each item " + kind(resolve(schema.get("items", {}))) if "items" in schema else "",
        "object": f"a mapping with {', '.join(names)}" if names else "a mapping of text to text",
    }.get(schema.get("type", ""), "text")
    # How long a list may be is another error's business.
    range_ = "" if "items" in schema else limits(schema)
    return f"{words}, {range_}" if range_ else words


def one_of(schema: Schema) -> str:
    """The values of an enumeration, in words; empty when it is none."""
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return " or ".join(part for part in (", ".join(values[:-1]), *values[-1:]) if part)


def limits(schema: Schema) -> str:
    """The range of a number, or of the length of a text or list; empty when there is none."""
    unit = {"string": " characters", "array": " items"}.get(schema.get("type", ""), "")
    low = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    high = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"{low} or more{unit}" if low is not None else f"at most {high}{unit}" if high is not None else ""


def suggestion(path: Path) -> str:
    """What an unknown field at `path` was probably meant to be: a field beside it, or the same name elsewhere."""
    *above, name = path
    beside = fields(tuple(above))
    near = get_close_matches(str(name).lower().replace("_", ""), [field.lower() for field in beside], n=1, cutoff=0.6)
    if near:
        meant = next(field for field in beside if field.lower() == near[0])
        return f"did you mean {meant}?"
    elsewhere = [dotted(found) for found in _everywhere((), resolve(root())) if found[-1] == name and found[0] != "status"]
    if elsewhere:
        return f"did you mean {elsewhere[0]}?"
    return f"allowed are {', '.join(beside)}"


def _everywhere(path: Path, schema: Schema) -> list[Path]:
    found: list[Path] = []
    for name, inner in schema.get("properties", {}).items():
        here = (*path, name)
        found += [here, *_everywhere(here, resolve(inner))]
    return found
