"""CustomResourceDefinitions from the models: structural OpenAPI v3 schemas, with the models' rules as CEL.

What a structural schema is: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from researchfleet_core.api.agent import Agent
from researchfleet_core.api.fleet import ResearchFleet
from researchfleet_core.api.meta import GROUP, VERSION, Part

Schema = dict[str, Any]

CATEGORY = "researchfleet"
_INT32 = 2**31 - 1
# What the API server knows of a schema; the rest of JSON schema is refused there.
_KEPT = (
    *("type", "format", "description", "default", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "required"),
)


def definitions() -> list[Schema]:
    """The CustomResourceDefinitions of ResearchFleet and Agent."""
    return [
        definition(
            ResearchFleet,
            plural="researchfleets",
            short="rf",
            columns=[
                *_CONDITION_COLUMNS,
                _column("Agents", ".status.agents.running", "agents that run", kind="integer"),
                _column("Best PGR", ".status.bestPgr", "best reproduced PGR with its interval"),
                _column("USD", ".status.spentUsd", "spent so far"),
                _column("USD/h", ".status.usdPerAgentHour", "cost of an agent-hour"),
                _AGE,
            ],
            scale={
                "specReplicasPath": ".spec.agents.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        ),
        definition(
            Agent,
            plural="agents",
            short="ag",
            columns=[
                _column("Fleet", ".spec.fleetRef.name", "the fleet it belongs to"),
                *_CONDITION_COLUMNS,
                _column("Attempt", ".status.attempt", "number of the newest attempt", kind="integer"),
                _column("Last End", ".status.lastEnd", "why the newest ended attempt ended"),
                _AGE,
            ],
        ),
    ]


def definition(model: type[Part], *, plural: str, short: str, columns: list[Schema], scale: Schema | None = None) -> Schema:
    """The CustomResourceDefinition of one resource, with its one version."""
    kind = model.__name__
    subresources: Schema = {"status": {}} | ({"scale": scale} if scale else {})
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                "shortNames": [short],
                "categories": [CATEGORY],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": subresources,
                    "additionalPrinterColumns": columns,
                    "schema": {"openAPIV3Schema": resource(model)},
                }
            ],
        },
    }


def _column(name: str, path: str, description: str, *, kind: str = "string") -> Schema:
    return {"name": name, "type": kind, "jsonPath": path, "description": description}


_CONDITION_COLUMNS = [
    _column("Ready", '.status.conditions[?(@.type=="Ready")].status', "condition Ready"),
    _column("Reason", '.status.conditions[?(@.type=="Ready")].reason', "why it is so"),
]
_AGE = _column("Age", ".metadata.creationTimestamp", "since it was created", kind="date")


def resource(model: type[Part]) -> Schema:
    """The structural schema of a whole resource. Of metadata the API server lets us restrict the name only."""
    schema = structural(model)
    properties = schema["properties"]
    name = properties["metadata"]["properties"]["name"]
    properties["apiVersion"] = {"type": "string", "description": properties["apiVersion"]["description"]}
    properties["kind"] = {"type": "string", "description": properties["kind"]["description"]}
    properties["metadata"] = {"type": "object", "properties": {"name": name}}
    # Filled by a controller, so never by a default: an object that nobody has looked at has no status.
    del properties["status"]["default"]
    return schema | {"required": ["spec"]}


def structural(model: type[Part]) -> Schema:
    """The structural schema of a model: no references, no null, no titles, a type everywhere, rules as CEL."""
    raw = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    return _node(raw, raw.get("$defs", {}))


class _Generator(GenerateJsonSchema):
    """pydantic's generator with what the API server wants to know and pydantic leaves out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        # Also those made by a factory: the API server fills in what a file leaves out, all the way down.
        if "default_factory" not in schema:
            return super().default_schema(schema)
        made = cast(Callable[[], Any], schema["default_factory"])()
        default = made.model_dump(mode="json", by_alias=True, exclude_none=True) if isinstance(made, Part) else made
        return {**self.generate_inner(schema["schema"]), "default": default}

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        result = super().str_schema(schema)
        if schema.get("strip_whitespace") and schema.get("min_length"):
            # Only blanks are nothing once they are stripped.
            result.setdefault("pattern", r"\S")
        return result

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        rules = [{"rule": rule.cel, "message": rule.message} for rule in schema["cls"].rules]
        result = super().model_schema(schema)
        return result | {"x-kubernetes-validations": rules} if rules else result


def _said(field: str, model: str) -> str:
    """What a field is for, then what stands there."""
    if not field or field.lower() in model.lower():
        return model
    return f"{field[0].upper()}{field[1:]}. {model}" if model else field


def _node(raw: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    if "$ref" in raw:
        target = definitions[raw["$ref"].removeprefix("#/$defs/")]
        raw = {**target, **raw, "description": _said(raw.get("description", ""), target.get("description", ""))}
    node = {key: raw[key] for key in _KEPT if key in raw and raw[key] is not None}
    node |= {key: value for key, value in raw.items() if key.startswith("x-kubernetes-")}
    if "exclusiveMaximum" in raw:
        node["maximum"] = raw["exclusiveMaximum"] - 1
    if "const" in raw:
        node["enum"] = [raw["const"]]
    if node.get("x-kubernetes-int-or-string"):
        node["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if node.get("type") == "integer":
        node["format"] = "int32" if node.get("maximum", _INT32 + 1) <= _INT32 else "int64"
    if "items" in raw:
        node["items"] = _node(raw["items"], definitions)
    if "properties" in raw:
        node["properties"] = {name: _node(value, definitions) for name, value in raw["properties"].items()}
    elif isinstance(raw.get("additionalProperties"), dict):
        node["additionalProperties"] = _node(raw["additionalProperties"], definitions)
    return node
