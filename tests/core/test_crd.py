"""The CustomResourceDefinitions: what the API server demands of them, and that they take and refuse what our models do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from researchfleet_core.api.meta import Part
from researchfleet_core.crd import definitions

from .specs import BAD, GOOD

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
CRDS = {crd["spec"]["names"]["kind"]: crd for crd in definitions()}
SCHEMAS = {kind: crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for kind, crd in CRDS.items()}

# Keywords of a structural schema that we use. $ref, title, const, nullable, oneOf, numeric exclusiveMaximum and
# x-kubernetes-preserve-unknown-fields are not among them.
ALLOWED = {
    *(
        "type",
        "format",
        "description",
        "default",
        "enum",
        "pattern",
        "properties",
        "additionalProperties",
        "items",
        "required",
    ),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "anyOf"),
    *("x-kubernetes-int-or-string", "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
}


def nodes(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node of a schema, with its path."""
    yield path, schema
    for name, node in schema.get("properties", {}).items():
        yield from nodes(node, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if inner in schema:
            yield from nodes(schema[inner], f"{path}[]")


EVERY = dict(pair for kind, schema in SCHEMAS.items() for pair in nodes(schema, kind))
WITH_RULES = [path for path, node in EVERY.items() if "x-kubernetes-validations" in node]


def test_every_node_is_structural():
    for path, node in EVERY.items():
        assert set(node) <= ALLOWED, path
        if node.get("x-kubernetes-int-or-string"):
            assert "type" not in node, path
            assert node["anyOf"] == [{"type": "integer"}, {"type": "string"}], path
        else:
            assert node["type"] in {"object", "array", "string", "integer", "boolean"}, path
            assert "anyOf" not in node, path
        assert ("items" in node) == (node.get("type") == "array"), path
        assert ("properties" in node) + ("additionalProperties" in node) == (node.get("type") == "object"), path
        assert set(node.get("required", [])) <= set(node.get("properties", {})), path


def test_every_field_says_what_it_is_for():
    silent = [path for path, node in EVERY.items() if not node.get("description")]
    assert [path for path in silent if not path.endswith(("[]", ".metadata"))] == []


def parts(part: type[Part]) -> Iterator[type[Part]]:
    """All parts of resources."""
    for child in part.__subclasses__():
        yield child
        yield from parts(child)


@pytest.mark.parametrize("part", sorted(set(parts(Part)), key=lambda one: one.__name__), ids=lambda one: one.__name__)
def test_every_part_and_field_of_the_models_is_described(part):
    assert part.__doc__
    assert [name for name, field in part.model_fields.items() if not field.description] == []


def test_every_default_is_allowed_where_it_stands():
    for path, node in EVERY.items():
        if "default" in node:
            assert list(Draft202012Validator(strict(node)).iter_errors(node["default"])) == [], path


@pytest.mark.parametrize("path", WITH_RULES)
def test_a_rule_speaks_of_fields_that_are_there_and_bounded(path):
    node = EVERY[path]
    for rule in node["x-kubernetes-validations"]:
        for name in re.findall(r"self\.(\w+)", rule["rule"]):
            field = node["properties"][name]
            certain = name in node.get("required", []) or "default" in field
            assert certain or f"has(self.{name})" in rule["rule"], "absent, it would be an error and not a refusal"
            bound = {"string": "maxLength", "array": "maxItems"}.get(field["type"])
            assert bound is None or bound in field or "enum" in field, "the API server would not bound its cost"


def test_every_rule_of_the_models_is_in_the_definitions():
    ours = {rule.message for part in parts(Part) for rule in part.rules}
    theirs = [rule["message"] for path in WITH_RULES for rule in EVERY[path]["x-kubernetes-validations"]]
    assert set(theirs) == ours


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with unknown fields refused, as `kubectl apply` does; metadata is the API server's own."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {
            name: strict(node) if name != "metadata" else node for name, node in schema["properties"].items()
        }
        result["additionalProperties"] = False
    elif "additionalProperties" in schema:
        result["additionalProperties"] = strict(schema["additionalProperties"])
    if "items" in schema:
        result["items"] = strict(schema["items"])
    return result


def complaints(document: dict[str, Any]) -> list[str]:
    """What the schema, without its rules, has against a document."""
    return [error.message for error in Draft202012Validator(strict(SCHEMAS[document["kind"]])).iter_errors(document)]


@pytest.mark.parametrize("case", GOOD)
def test_what_the_models_take_the_schema_takes(case):
    assert complaints(GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_what_the_models_refuse_the_schema_or_a_rule_refuses(case):
    document, _, sentence = BAD[case]
    by_rule = any(sentence.endswith(rule.message) for part in parts(Part) for rule in part.rules)
    assert bool(complaints(document)) != by_rule


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_can_be_applied(path):
    assert complaints(yaml.safe_load(path.read_text())) == []


def test_the_schemas_are_schemas():
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_there_is_one_version_with_a_status_of_its_own():
    for kind, crd in CRDS.items():
        assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
        [version] = crd["spec"]["versions"]
        assert (version["name"], version["served"], version["storage"]) == ("v1alpha1", True, True)
        assert "status" in version["subresources"]
        assert SCHEMAS[kind]["required"] == ["spec"]


def test_only_the_name_of_metadata_is_restricted():
    for schema in SCHEMAS.values():
        metadata = schema["properties"]["metadata"]
        assert (set(metadata), set(metadata["properties"])) == ({"type", "properties"}, {"name"})


def test_kubectl_knows_short_names_and_the_category():
    assert {kind: crd["spec"]["names"]["shortNames"] for kind, crd in CRDS.items()} == {
        "ResearchFleet": ["rf"],
        "Agent": ["ag"],
    }
    assert all(crd["spec"]["names"]["categories"] == ["researchfleet"] for crd in CRDS.values())


def test_kubectl_get_shows_what_people_ask_first():
    columns = CRDS["ResearchFleet"]["spec"]["versions"][0]["additionalPrinterColumns"]
    assert [column["name"] for column in columns] == ["Ready", "Reason", "Agents", "Best PGR", "USD", "USD/h", "Age"]


@pytest.mark.parametrize("kind", CRDS)
def test_paths_of_columns_and_scale_lead_to_fields(kind):
    version = CRDS[kind]["spec"]["versions"][0]
    scale = version["subresources"].get("scale", {})
    columns = [column["jsonPath"] for column in version["additionalPrinterColumns"]]
    for path in [*scale.values(), *columns]:
        if path != ".metadata.creationTimestamp":
            assert re.sub(r"\[\?\(.*\)\]", "[]", f"{kind}{path}") in EVERY


def test_conditions_are_a_map_by_type_to_whoever_applies_them():
    for kind in CRDS:
        conditions = EVERY[f"{kind}.status.conditions"]
        assert (conditions["x-kubernetes-list-type"], conditions["x-kubernetes-list-map-keys"]) == ("map", ["type"])
        assert {"type", "status", "lastTransitionTime", "reason", "message"} <= set(conditions["items"]["required"])
