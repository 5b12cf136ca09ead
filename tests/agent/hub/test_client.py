"""The hub client: one answer for one write, however often it has to be sent."""

import json

import httpx
import pytest
from researchfleet_agent.hub import Connection, Hub, HubLostError, RefusedError
from researchfleet_agent.hub.connection import Patience
from researchfleet_core.wire.findings import FindingType, ShareFinding

FINDING = ShareFinding(type=FindingType.OBSERVATION, title="seen", content="something")
ANSWER = {
    "id": 1,
    "author": "a",
    "created": "now",
    "type": "observation",
    "title": "seen",
    "content": "something",
    "family": None,
    "snapshot": None,
    "experiment": None,
    "parent": None,
    "claims": {},
    "verified": False,
    "upvotes": 0,
    "downvotes": 0,
    "replies": 0,
}


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Scripted(httpx.BaseTransport):
    """Gives one answer after the other, the last one for ever; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


def refusal(status: int, reason: str, error: str = "no", field: str | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": error, "reason": reason, "field": field})


def hub_over(transport: httpx.BaseTransport) -> tuple[Hub, Clock]:
    clock = Clock()
    return Hub(Connection("http://relay", transport=transport, clock=clock, sleep=clock.sleep)), clock


@pytest.mark.parametrize(
    "passing",
    [
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadTimeout("slow"),
        httpx.Response(502, text="not from us"),
        refusal(503, "EvaluatorUnreachable"),
        refusal(500, "InternalError"),
        refusal(429, "TooManyRequests"),
    ],
)
def test_a_write_is_sent_again_with_the_same_key_and_body(passing):
    transport = Scripted(passing, passing, httpx.Response(200, json=ANSWER))
    hub, clock = hub_over(transport)
    assert hub.share(FINDING, "key-0001").id == 1
    assert [request.headers["idempotency-key"] for request in transport.seen] == ["key-0001"] * 3
    assert len({bytes(request.content) for request in transport.seen}) == 1
    assert json.loads(transport.seen[0].content)["title"] == "seen"
    assert clock.sleeps == [0.1, 0.2]


def test_waits_grow_to_a_limit_and_end_with_the_patience():
    hub, clock = hub_over(Scripted(httpx.ConnectError("refused")))
    with pytest.raises(HubLostError, match="POST /v1/findings: no answer for 900 seconds: ConnectError: refused"):
        hub.share(FINDING, "key-0001")
    assert max(clock.sleeps) == Patience().longest_wait
    assert clock.now <= 900


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refusal(422, "Invalid", "seeds: 20 is not allowed (1 to 16)", "seeds"), "seeds: 20 is not allowed (1 to 16)"),
        (refusal(422, "Invalid", "20 is not allowed", "seeds"), "seeds: 20 is not allowed"),
        (refusal(409, "IdempotencyKeyReused", "used before"), "used before"),
        (httpx.Response(404, text="<html>nothing"), "404 <html>nothing"),
    ],
)
def test_a_refusal_is_told_at_once_in_the_hubs_own_words(answer, sentence):
    transport = Scripted(answer)
    hub, clock = hub_over(transport)
    with pytest.raises(RefusedError) as told:
        hub.share(FINDING, "key-0001")
    assert str(told.value) == sentence
    assert told.value.status == answer.status_code
    assert (len(transport.seen), clock.sleeps) == (1, [])


@pytest.mark.parametrize("status", [403, 429])
def test_an_exhausted_budget_is_told_at_once_whatever_its_status(status):
    hub, clock = hub_over(Scripted(refusal(status, "BudgetExhausted", "0 evaluations are left")))
    with pytest.raises(RefusedError) as told:
        hub.share(FINDING, "key-0001")
    assert told.value.final
    assert clock.sleeps == []


def test_a_heartbeat_is_tried_once_and_a_long_activity_is_cut():
    transport = Scripted(httpx.ConnectError("refused"))
    hub, clock = hub_over(transport)
    with pytest.raises(HubLostError):
        hub.heartbeat("x" * 500)
    assert (len(transport.seen), clock.sleeps) == (1, [])
    assert len(json.loads(transport.seen[0].content)["activity"]) == 200


def test_a_token_is_sent_only_where_one_is_given():
    transport = Scripted(httpx.Response(200, json={"experiments": []}))
    Hub(Connection("http://relay", transport=transport)).own_experiments()
    Hub(Connection("http://hub", transport=transport, token=lambda: "mine")).own_experiments()
    assert [request.headers.get("authorization") for request in transport.seen] == [None, "Bearer mine"]
