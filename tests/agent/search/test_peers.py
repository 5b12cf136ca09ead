"""What others say is data: ranked, parsed, checked, never run and never repeated."""

import json
from pathlib import Path

import pytest
from researchfleet_agent.hub import Connection, Hub
from researchfleet_agent.methods import Pipeline, snapshot_files
from researchfleet_agent.search.peers import LOOKED_AT, PAGE, Forum, read_pipeline
from researchfleet_agent.search.variation import opener

from tests.agent.memory_hub import MemoryHub


@pytest.fixture
def hub():
    return MemoryHub(task={}, labels=[0, 1])


@pytest.fixture
def forum(hub):
    return Forum(Hub(Connection("http://hub", transport=hub.transport)), "agent-0")


def files(name="crossfit", **manifest):
    made = snapshot_files(opener(name), name)
    return made | {"manifest.json": json.dumps(json.loads(made["manifest.json"]) | manifest)}


def asked_for(hub, what):
    return [path for method, path, _ in hub.requests if method == "GET" and path.startswith(what)]


def test_the_best_verified_results_of_others_are_looked_into_best_first(hub, forum):
    for name, pgr in [("crossfit", 0.3), ("elicitation", 0.5), ("soft-labels", 0.1), ("curriculum", 0.4)]:
        hub.peer_shares(files(name), pgr=pgr)
    forum.sync()
    peers = forum.best()
    assert [(peer.pipeline.name, peer.pgr, peer.finding) for peer in peers] == [
        ("elicitation", 0.5, 2),
        ("curriculum", 0.4, 4),
        ("crossfit", 0.3, 1),
    ]
    forum.best()
    assert len(asked_for(hub, "/v1/snapshots/")) == LOOKED_AT


@pytest.mark.parametrize(
    "said",
    [
        {"author": "agent-0"},
        {"verified": False},
        {"type": "observation"},
        {"downvotes": 1},
        {"snapshot": None},
        {"claims": {}},
        {"claims": {"pgr": "0.9"}},
        {"claims": {"pgr": True}},
        {"claims": {"pgr": 40.0}},
        {"claims": {"pgr": None}},
    ],
)
def test_what_is_not_a_credible_verified_result_of_somebody_else_is_left_out(hub, forum, said):
    hub.peer_shares(files(), pgr=0.5)
    hub.findings[-1] |= said
    forum.sync()
    assert forum.best() == []
    assert asked_for(hub, "/v1/snapshots/") == []


def test_the_forum_is_read_once_page_by_page(hub, forum):
    for number in range(PAGE + 10):
        hub.peer_shares(files(), pgr=number / 1000)
    forum.sync()
    assert len(asked_for(hub, "/v1/findings")) == 2
    hub.peer_shares(files("elicitation"), pgr=0.9)
    forum.sync()
    assert asked_for(hub, "/v1/findings")[2:] == [f"/v1/findings?since={PAGE + 10}&limit={PAGE}&type=result"]
    assert forum.best()[0].pipeline.name == "elicitation"


DEEP: dict = {}
for _ in range(50):
    DEEP = {"steps": [DEEP]}

HOSTILE = [
    {},
    {"steps": []},
    {"steps": None},
    {"steps": "self-training"},
    {"steps": 7},
    {"steps": {"method": "crossfit"}},
    {"steps": ["crossfit"]},
    {"steps": [{"method": ["crossfit"]}]},
    {"steps": [{"method": "__import__('os').system('true')"}]},
    {"steps": [{"method": "crossfit", "parameters": {"folds": 10**9}}]},
    {"steps": [{"method": "crossfit", "parameters": {"folds": "5"}}]},
    {"steps": [{"method": "crossfit", "parameters": {"penalty": 1e308}}]},
    {"steps": [{"method": "crossfit", "parameters": {"epochs": True}}]},
    {"steps": [{"method": "crossfit", "parameters": {"fit": "rm -rf"}}]},
    {"steps": [{"method": "crossfit", "parameters": {"__class__": "x"}}]},
    {"steps": [{"method": "crossfit", "parameters": ["folds"]}]},
    {"steps": [{"method": "crossfit"}], "principal": 5},
    {"steps": [{"method": "crossfit"}], "principal": "x"},
    {"steps": [{"method": "crossfit"}], "principal": [0]},
    {"steps": [{"method": "crossfit"}] * 1000},
    DEEP,
]


@pytest.mark.parametrize("parameters", HOSTILE, ids=lambda one: json.dumps(one)[:50])
def test_a_hostile_manifest_is_skipped_and_the_next_best_is_used(hub, forum, parameters):
    hub.peer_shares(files(parameters=parameters), pgr=0.9)
    hub.peer_shares(files("elicitation"), pgr=0.2)
    forum.sync()
    assert [peer.pipeline.name for peer in forum.best()] == ["elicitation"]


def test_the_code_of_a_snapshot_is_never_run(hub, forum, tmp_path):
    trap = tmp_path / "sprung"
    spring = f"open({str(trap)!r}, 'w')\n"
    hub.peer_shares(files() | {"run.py": spring, "crossfit.py": spring, "conftest.py": spring}, pgr=0.5)
    forum.sync()
    assert forum.best()[0].pipeline.name == "crossfit"
    assert not trap.exists()
    assert not Path("sprung").exists()


def test_a_manifest_of_ours_is_read_as_it_was_written():
    pipeline = Pipeline.of("soft-labels", "elicitation", principal=1)
    read = read_pipeline(lambda: json.loads(snapshot_files(pipeline, "x")["manifest.json"])["parameters"])
    assert read is not None
    assert read.to_json() == pipeline.to_json()
