"""A reproduction runs an agent's code: it gets its three routes, its own inputs and its own snapshot."""

import pytest
from researchfleet_core.families import Family
from researchfleet_core.wire.evaluation import FleetScores, Reproduction
from researchfleet_core.wire.sync import ReproductionState
from researchfleet_hub.snapshots.store import digest_of

from tests.hub.conftest import FLEET, START, Caller, World, reproduction, reproduction_report
from tests.hub.evaluator_double import EvaluatorDouble


def nominated(uid: str, snapshot: str) -> FleetScores:
    """Scores of a fleet with one finalist."""
    one = Reproduction(
        uid=uid,
        agent="ada",
        experiments=[],
        snapshot=snapshot,
        title="Bagging",
        family=Family.ENSEMBLE,
        state=ReproductionState.PENDING,
        runs=9,
        delivered=0,
        dev=None,
        rank=None,
        reproduced=None,
        conditions=[],
        ranked=None,
        why_not=None,
    )
    return FleetScores(fleet_uid=FLEET, problem=None, testbed=None, experiments=[], reproductions=[one])


@pytest.fixture
def digest(any_world: World, double: EvaluatorDouble) -> str:
    """The snapshot of the finalist r1."""
    snapshot = any_world.as_agent("ada").upload()
    double.scores[FLEET] = nominated("r1", snapshot)
    return snapshot


def caller(world: World, uid: str = "r1") -> Caller:
    """A reproduction with a token."""
    return Caller(world, "agents_port", world.token(reproduction(uid)))


def test_it_gets_its_snapshot_before_and_after_a_sync(any_world: World, digest: str) -> None:
    first = caller(any_world).get("/v1/reproduction/snapshot")
    any_world.sync(nominate=True)
    second = caller(any_world).get("/v1/reproduction/snapshot")
    assert first.content == second.content
    assert digest_of(first.content) == digest
    assert first.headers["content-type"] == "application/x-tar"


def test_it_gets_its_inputs_and_no_other_snapshot(any_world: World, digest: str) -> None:
    assert b"/v1/reproductions/r1/inputs" in caller(any_world).get("/v1/reproduction/inputs").content
    lost = caller(any_world, "r2").get("/v1/reproduction/snapshot")
    assert (lost.status_code, lost.json()["error"]) == (404, "reproduction r2 of this fleet does not exist")


def test_what_it_delivers_reaches_the_evaluator_once(any_world: World, digest: str, double: EvaluatorDouble) -> None:
    one = caller(any_world)
    run = {"run": "run-1", "predictions": [0, 1], "seconds": 2.5}
    for _ in range(2):
        assert one.post("/v1/reproduction/predictions", run, key="deliver-run-1").status_code == 204
    assert one.post("/v1/reproduction/predictions", run | {"run": "run-2"}, key="deliver-run-1").status_code == 409
    assert double.deliveries == [("r1", run | {"error": None})]


def test_its_token_ends_with_its_attempt(any_world: World, digest: str) -> None:
    one = caller(any_world)
    any_world.sync(reproduction_report("r1", ended=START))
    assert one.get("/v1/reproduction/snapshot").status_code == 401


def test_the_runtime_gives_it_up(any_world: World, double: EvaluatorDouble) -> None:
    path = "/internal/v1/reproductions/r1/end"
    assert any_world.as_runtime().post(path, {"reason": "three sandboxes failed"}).status_code == 204
    assert double.ended == {"r1": "three sandboxes failed"}
    assert any_world.as_reviewer().post(path, {"reason": "because"}).status_code == 403


def test_people_read_scores_and_agents_do_not(any_world: World, digest: str) -> None:
    path = f"/internal/v1/fleets/{FLEET}/scores"
    assert any_world.as_reviewer().get(path).json()["reproductions"][0]["uid"] == "r1"
    assert Caller(any_world, "agents_port", any_world.as_agent("ada").token).get(path).status_code == 404
