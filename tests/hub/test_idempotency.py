"""Clients retry for minutes: the same key and body get the first answer, whatever happened in between."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from researchfleet_core.wire.findings import FindingType, ShareFinding
from researchfleet_hub.identity.callers import researcher

from tests.hub.conftest import Ports, World, agent, experiment
from tests.hub.evaluator_double import EvaluatorDouble

KEY = "one-and-the-same"


def test_a_write_without_a_key_is_refused_with_a_sentence(world: World) -> None:
    ada = world.as_agent("ada")
    answer = world.agents_port.post("/v1/findings", json={}, headers={"Authorization": f"Bearer {ada.token}"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the header Idempotency-Key is missing")


@pytest.mark.parametrize("key", ["short", "with space", "k" * 129])
def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    answer = world.as_agent("ada").share(key=key)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_a_repeated_write_gets_the_first_answer_and_happens_once(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    first = ada.share(key=KEY)
    ada.share("Another one")
    assert ada.share(key=KEY).text == first.text
    assert len(ada.get("/v1/findings").json()["findings"]) == 2


def test_a_key_that_was_used_for_another_request_is_refused(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    ada.share(key=KEY)
    others = [
        ada.share("Another title", key=KEY),
        ada.put("/v1/findings/1/vote", {"vote": "up"}, key=KEY),
        ada.register(digest, key=KEY),
        ada.post("/v1/snapshots", {"files": {}}, key=KEY),
    ]
    assert [answer.status_code for answer in others] == [409, 409, 409, 422]
    assert {answer.json()["reason"] for answer in others[:3]} == {"IdempotencyKeyReused"}


def test_keys_of_different_agents_do_not_meet(world: World) -> None:
    first, second = world.as_agent("ada").share(key=KEY), world.as_agent("bob").share(key=KEY)
    assert (first.json()["author"], second.json()["author"]) == ("ada", "bob")


def test_an_agent_keeps_its_keys_over_its_attempts(world: World) -> None:
    first = world.as_agent("ada").share(key=KEY)
    assert world.as_agent("ada", attempt=2).share(key=KEY).text == first.text


def test_a_refused_write_does_not_use_its_key_up(world: World) -> None:
    ada = world.as_agent("ada")
    assert ada.share(parent=7, key=KEY).status_code == 422
    assert ada.share(key=KEY).status_code == 200


def test_a_registration_that_is_repeated_is_counted_once(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    first = ada.register(digest, key=KEY)
    assert ada.register(digest, key=KEY).text == first.text
    assert ada.register(digest, seeds=3, key=KEY).status_code == 409
    assert any_world.sync().ledger.amounts.evaluations == 2


def test_concurrent_repetitions_on_two_replicas_write_once(ports: Ports, any_world: World) -> None:
    replica = ports.over(any_world.hub.database)
    who = researcher(agent("ada"))
    body = ShareFinding(type=FindingType.RESULT, title="Once", content="Only once.")
    hubs = [any_world.hub, replica.hub] * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda hub: hub.sharing.share(who, KEY, body), hubs))
    assert {answer.id for answer in answers} == {1}
    assert any_world.sync().findings == 1


def test_a_submission_that_is_repeated_is_forwarded_once(world: World, double: EvaluatorDouble) -> None:
    ada = world.as_agent("ada")
    registered = ada.post("/v1/experiments", experiment(ada.upload())).json()
    path = f"/v1/experiments/{registered['experiment']}/predictions"
    body = {"seed": registered["seeds"][0]["seed"], "predictions": [0, 1, 0.5, 1]}
    first = ada.post(path, body, key=KEY)
    double.is_broken = True
    assert ada.post(path, body, key=KEY).json() == first.json()
    assert ada.post(path, body | {"seed": 1}, key=KEY).status_code == 409
