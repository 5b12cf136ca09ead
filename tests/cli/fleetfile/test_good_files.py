"""What a valid fleet.yaml may hold beside the bare minimum."""

from pathlib import Path

import pytest
from researchfleet.fleetfile import allowed, read_fleet
from researchfleet.fleetfile.problem import Problem

EXAMPLES = Path(__file__).parents[3] / "examples"
BARE = """\
apiVersion: researchfleet.dev/v1alpha1
kind: ResearchFleet
metadata: {name: a, resourceVersion: "7"}
spec:
  problem: {testbed: {bundled: movie}, student: &small {bundled: minilm}, otherStudents: [*small]}
  agents: {researcher: search}
"""


@pytest.mark.parametrize("name", ["quickstart", "undirected"])
def test_the_examples_are_valid(name):
    assert read_fleet(EXAMPLES / f"{name}.yaml").fleet.metadata.name == name


def test_the_undirected_example_differs_from_the_directed_one_in_its_directions_only():
    directed, undirected = (read_fleet(EXAMPLES / f"{name}.yaml").fleet.spec for name in ("quickstart", "undirected"))
    assert directed.directions.mode == "Directed"
    assert undirected == directed.model_copy(update={"directions": undirected.directions})


def test_aliases_and_fields_that_only_an_api_server_fills_are_taken(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text(BARE + "status: {observedGeneration: 3, agents: {running: 1}, other: 1}\n")
    fleet = read_fleet(file).fleet
    assert [one.bundled for one in fleet.spec.problem.other_students] == ["minilm"]
    assert fleet.status.observed_generation == 0


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + BARE.replace("\n", "\r\n").encode())
    assert read_fleet(file).fleet.metadata.name == "a"


def test_a_valid_value_can_be_refused_later_at_its_place(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text(BARE)
    problem = read_fleet(file).problem(("spec", "problem", "testbed", "bundled"), "is not here (nyt)")
    assert problem == Problem(5, 32, "spec.problem.testbed.bundled", "movie is not here (nyt)")


def patterns(schema: dict) -> set[str]:
    its = allowed.resolve(schema)
    inner = [*its.get("properties", {}).values(), its.get("items"), its.get("additionalProperties")]
    found = set().union(*(patterns(one) for one in inner if isinstance(one, dict)))
    return found | ({its["pattern"]} if "pattern" in its else set())


def test_every_pattern_of_what_people_write_has_words_and_no_word_is_left_over():
    read = {name: schema for name, schema in allowed.root()["properties"].items() if name != "status"}
    assert patterns({"properties": read}) == set(allowed.PATTERNS)
