"""Tokens prove who calls; everything else a request says of its sender is ignored."""

import logging
from pathlib import Path

import pytest
from researchfleet_core.wire.principals import Principal, Role
from researchfleet_hub.identity.tokens import FileTokens
from researchfleet_hub.refusals import Refused
from researchfleet_hub.state.tables import tokens
from sqlalchemy import select

from tests.hub.conftest import FLEET, START, Caller, Ports, World, agent, report, reproduction, setup


def beat(world: World, token: str | None) -> tuple[int, str]:
    """Status and body of a heartbeat with this token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = world.agents_port.post("/v1/heartbeat", json={"activity": "training"}, headers=headers)
    return answer.status_code, answer.text


def test_a_token_opens_the_port_until_its_attempt_ends(any_world: World) -> None:
    token = any_world.token(agent("ada"))
    other = any_world.token(agent("bob"))
    assert beat(any_world, token)[0] == 200
    any_world.sync(report("ada", ended=START, reason="Completed"), report("bob"))
    assert beat(any_world, token)[0] == 401
    assert beat(any_world, other)[0] == 200


def test_missing_forged_and_revoked_tokens_get_the_same_answer(world: World) -> None:
    revoked = world.token(agent("ada"))
    world.sync(report("ada", ended=START))
    answers = {beat(world, token) for token in (None, "", "rf_forged", revoked, revoked[:-1], "a" * 5000)}
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_a_token_of_one_port_is_unknown_at_the_other(world: World) -> None:
    assert beat(world, "the-runtime's-token")[0] == 401
    agents_token = Caller(world, "internal_port", world.token(agent("ada")))
    assert agents_token.get(f"/internal/v1/fleets/{FLEET}/scores").status_code == 401


def test_only_the_hash_of_a_token_is_kept(world: World) -> None:
    token = world.token(agent("ada"))
    with world.hub.database.read() as connection:
        row = connection.execute(select(tokens)).one()
    assert token not in str(row)
    assert len(row.hash) == 64


def test_a_refused_token_is_logged_without_itself(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        beat(world, "rf_very-secret")
    assert "401 for POST '/v1/heartbeat'" in caplog.text
    assert "very-secret" not in caplog.text


def test_an_ended_attempt_gets_no_new_token(world: World) -> None:
    world.sync(report("ada", ended=START))
    with pytest.raises(Refused) as refused:
        world.token(agent("ada"))
    assert refused.value.status == 409
    assert world.token(agent("ada", attempt=2))


def test_a_re_created_name_inherits_nothing(world: World) -> None:
    old = world.as_agent("ada")
    old.finish(old.upload())
    new = world.as_agent("ada", attempt=2, uid="uid-of-the-second-ada")
    assert len(old.get("/v1/experiments").json()["experiments"]) == 1
    assert new.get("/v1/experiments").json() == {"experiments": []}


def test_fleets_do_not_see_each_other(ports: Ports, world: World) -> None:
    other = setup().model_copy(
        update={"fleet_uid": "fleet-2", "plan": setup().plan.model_copy(update={"fleet_uid": "fleet-2"})}
    )
    world.hub.setup.put("fleet-2", other)
    mine, theirs = world.as_agent("ada"), world.as_agent("eve", fleet="fleet-2")
    digest = mine.upload()
    mine.share()
    assert theirs.get("/v1/findings").json()["findings"] == []
    assert theirs.get("/v1/findings/1").status_code == 404
    assert theirs.get("/v1/snapshots").json()["snapshots"] == []
    assert theirs.get(f"/v1/snapshots/{digest}").status_code == 404
    assert theirs.register(digest).status_code == 422


@pytest.mark.parametrize(
    "principal",
    [
        Principal(role=Role.RUNTIME),
        Principal(role=Role.REVIEWER, fleet_uid=FLEET),
        agent("ada").model_copy(update={"agent_uid": None}),
        agent("ada").model_copy(update={"attempt_uid": None}),
        reproduction("r1").model_copy(update={"reproduction": None}),
    ],
)
def test_tokens_are_issued_to_whole_sandbox_principals_only(world: World, principal: Principal) -> None:
    answer = world.as_runtime().post("/internal/v1/tokens", {"principal": principal.model_dump(mode="json")})
    assert answer.status_code == 422
    assert answer.json()["field"].startswith("principal")


def test_a_token_for_an_unknown_fleet_is_refused(world: World) -> None:
    lost = agent("ada", fleet="fleet-9").model_dump(mode="json")
    answer = world.as_runtime().post("/internal/v1/tokens", {"principal": lost})
    assert (answer.status_code, answer.json()["error"]) == (404, "fleet fleet-9 does not exist")


def test_an_empty_token_file_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ValueError, match="the token of the runtime is empty"):
        FileTokens({Role.RUNTIME: tmp_path / "token"})
