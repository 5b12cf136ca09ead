"""Resources as YAML: what is taken, what is refused with which sentence, and camelCase both ways."""

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from researchfleet_core.api import Agent, FleetSpec, ResearchFleet
from researchfleet_core.api.meta import Part

from .specs import BAD, GOOD, fleet

KINDS: dict[str, type[Part]] = {"ResearchFleet": ResearchFleet, "Agent": Agent}


def read(document: dict[str, Any]) -> Part:
    """As `researchfleet validate` reads a file: strictly, and by the names of the YAML alone."""
    return KINDS[document["kind"]].model_validate_json(json.dumps(document), strict=True, by_alias=True, by_name=False)


def written(part: Part) -> Any:
    """As a runtime writes it."""
    return yaml.safe_load(yaml.safe_dump(part.model_dump(mode="json", by_alias=True, exclude_none=True)))


@pytest.mark.parametrize("case", GOOD)
def test_a_good_resource_is_taken(case):
    assert read(GOOD[case])


@pytest.mark.parametrize("case", BAD)
def test_a_bad_resource_is_refused_at_its_field_with_a_sentence(case):
    document, field, sentence = BAD[case]
    with pytest.raises(ValidationError) as refusal:
        read(document)
    assert [(".".join(map(str, one["loc"])), one["msg"]) for one in refusal.value.errors()] == [(field, sentence)]


@pytest.mark.parametrize("case", GOOD)
def test_what_is_written_reads_the_same(case):
    part = read(GOOD[case])
    assert read(written(part)) == part


def test_what_is_written_says_what_was_left_out():
    spec = written(read(fleet({})))["spec"]
    assert spec["desiredState"] == "Running"
    assert spec["agents"]["idleTimeout"] == "10m"
    assert spec["failurePolicy"]["rules"] == []
    assert "deadline" not in spec["budget"]


def keys(value: object) -> set[str]:
    """The keys of all mappings in a value."""
    if isinstance(value, dict):
        return set(value).union(*(keys(inner) for inner in value.values()))
    return set().union(*(keys(inner) for inner in value)) if isinstance(value, list) else set()


def test_what_is_written_is_camel_case():
    assert all(key == to_camel(key) for key in keys(written(read(fleet({"budget": {"agentHours": 1}})))))


def test_python_builds_parts_by_their_own_names():
    spec = read(fleet({})).spec
    assert FleetSpec(problem=spec.problem, agents=spec.agents, desired_state="Drained").desired_state == "Drained"


def test_an_agent_gets_the_prompt_of_its_number_again_and_again():
    directed = read(fleet({"directions": {"mode": "Directed", "prompts": ["a", "b"]}})).spec.directions
    assert [directed.prompt(ordinal) for ordinal in range(5)] == ["a", "b", "a", "b", "a"]


def test_without_a_prompt_agents_start_from_nothing():
    assert read(fleet({})).spec.directions.prompt(3) == ""


def test_prompts_lose_the_blanks_around_them():
    assert read(fleet({"directions": {"prompts": [" a\n"]}})).spec.directions.prompts == ["a"]
