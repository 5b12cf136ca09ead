"""From a fleet's spec to what hub and evaluator are told, and what cannot run on one machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from researchfleet.fleetfile import read_fleet
from researchfleet.local.home import Home
from researchfleet.local.preparing.prepare import wanted
from researchfleet.local.setup import setup
from researchfleet.local.unsupported import unsupported
from researchfleet_core.api import ResearchFleet
from researchfleet_core.testbed import Role

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
OTHER = "sha256:" + "0" * 64
HOME = Home(ROOT, ROOT / "testbeds", Path("/students"), Path("/features"), Path("/python"))


def spec(**parts):
    problem = {"testbed": {"bundled": "movie"}, "student": {"bundled": "minilm"}}
    problem |= parts.pop("problem", {})
    agents = {"researcher": "search"} | parts.pop("agents", {})
    whole = {"problem": problem, "agents": agents} | parts
    fleet = {"apiVersion": "researchfleet.dev/v1alpha1", "kind": "ResearchFleet", "metadata": {"name": "f"}, "spec": whole}
    return ResearchFleet.model_validate(fleet).spec


def test_money_hours_and_deadline_become_numbers():
    budget = {"usd": "1.5", "agentHours": "0.25", "deadline": "2m30s", "softPercent": 80, "perAgent": {"evaluations": 9}}
    told = setup("f", "u", spec(budget=budget | {"prices": {"podHour": "0.05"}}), NOON)
    assert told.limits.usd_nano == 1_500_000_000
    assert told.limits.agent_hours == 0.25
    assert told.limits.deadline == NOON + timedelta(seconds=150)
    assert (told.limits.soft, told.agent_limits.soft) == (0.8, 0.8)
    assert (told.agent_limits.evaluations, told.agent_limits.deadline) == (9, None)
    assert told.prices.pod_hour_nano == 50_000_000


def test_the_plan_names_testbeds_with_their_digests_and_the_researched_student_first():
    digest = "sha256:" + "a" * 64
    problem = {"testbed": {"bundled": "movie", "digest": digest}, "otherStudents": [{"bundled": "minilm-cut3"}]}
    plan = setup("f", "u", spec(problem=problem | {"transfer": [{"bundled": "nyt"}]}), NOON).plan
    assert (plan.testbed, plan.transfer, plan.students) == (f"movie@{digest}", ["nyt"], ["minilm", "minilm-cut3"])
    assert plan.run_memory_mib == 2304


@pytest.mark.parametrize(
    ("parts", "field", "says"),
    [
        ({"desiredState": "Drained"}, ("desiredState",), "Running"),
        ({"problem": {"student": {"s3": {"url": "s3://a/b"}}}}, ("problem", "student", "s3"), "bundled"),
        ({"problem": {"transfer": [{"pvc": {"claimName": "a"}}]}}, ("problem", "transfer", 0, "pvc"), "cluster"),
        ({"problem": {"testbed": {"bundled": "nothing"}}}, ("problem", "testbed", "bundled"), "movie"),
        (
            {"problem": {"testbed": {"bundled": "movie", "digest": "sha256:" + "0" * 64}}},
            ("problem", "testbed", "digest"),
            "sha256:",
        ),
        ({"problem": {"otherStudents": [{"bundled": "x"}]}}, ("problem", "otherStudents", 0, "bundled"), "minilm"),
        ({"agents": {"researcher": "claude", "model": "m"}}, ("agents", "researcher"), "search"),
        ({"agents": {"resources": {"gpu": {}}}}, ("agents", "resources", "gpu"), "cluster"),
        ({"storage": {"snapshots": {"url": "s3://a/b"}}}, ("storage", "snapshots"), "cluster"),
        ({"storage": {"databaseSecretName": "pg"}}, ("storage", "databaseSecretName"), "cluster"),
    ],
)
def test_what_needs_a_cluster_is_refused_by_field_with_what_is_allowed(parts, field, says):
    [(found, why)] = unsupported(spec(**parts), HOME)
    assert found == ("spec", *field)
    assert says in why


def test_the_examples_can_run_here():
    for example in ("quickstart", "undirected"):
        assert unsupported(read_fleet(ROOT / "examples" / f"{example}.yaml").fleet.spec, HOME) == []


def test_a_transfer_testbed_cannot_be_researched():
    [(field, why)] = unsupported(spec(problem={"testbed": {"bundled": "amazon"}}), HOME)
    assert field == ("spec", "problem", "testbed", "bundled")
    assert "amazon" not in why


def test_features_are_wanted_for_the_runs_of_agents_and_of_reproductions():
    problem = {"otherStudents": [{"bundled": "minilm-cut3"}], "transfer": [{"bundled": "amazon"}]}
    found = [(one.testbed, one.role, one.student) for one in wanted(spec(problem=problem))]
    assert found == [
        ("movie", Role.AGENT, "minilm"),
        ("movie", Role.REPRODUCTION, "minilm"),
        ("movie", Role.REPRODUCTION, "minilm-random"),
        ("movie", Role.REPRODUCTION, "minilm-cut3"),
        ("amazon", Role.REPRODUCTION, "minilm"),
    ]
