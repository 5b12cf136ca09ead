"""What passes the relay and what does not."""

import asyncio

import httpx
import pytest
from researchfleet_agent.relay.headers import towards_client, towards_hub


async def test_the_token_is_added_and_the_clients_own_claims_are_dropped(hub, relay):
    claims = {
        "Authorization": "Bearer mine",
        "Cookie": "session=1",
        "Proxy-Authorization": "Basic eA==",
        "X-Forwarded-For": "10.0.0.1",
        "Forwarded": "for=10.0.0.1",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Upgrade": "websocket",
    }
    async with httpx.AsyncClient(base_url=relay.url) as client:
        answer = await client.get("/v1/budget?x=1", headers=claims | {"Idempotency-Key": "k" * 8, "X-Other": "stays"})
    assert answer.text == "ok"
    [seen] = hub.seen
    assert (seen.method, seen.target) == ("GET", "/v1/budget?x=1")
    assert seen["authorization"] == ["Bearer the-secret"]
    assert seen["idempotency-key"] == ["k" * 8]
    assert seen["x-other"] == ["stays"]
    assert seen["host"] == ["localhost:80"]
    assert not {name for name, _ in seen.headers} & {name.lower() for name in claims if name != "Authorization"}


async def test_a_changed_token_is_used_by_the_next_request(hub, relay):
    async with httpx.AsyncClient(base_url=relay.url) as client:
        await client.get("/v1/budget")
        relay.token.value = b"the-next"
        await client.get("/v1/budget")
    assert [seen["authorization"] for seen in hub.seen] == [["Bearer the-secret"], ["Bearer the-next"]]


def test_fields_named_by_connection_are_dropped_but_not_the_one_that_frames_the_body():
    given = [(b"connection", b"close, X-Mine, Content-Length"), (b"x-mine", b"1"), (b"content-length", b"3")]
    assert towards_hub(given, b"t", b"hub") == [
        (b"host", b"hub"),
        (b"authorization", b"Bearer t"),
        (b"content-length", b"3"),
    ]
    assert towards_client(given) == [(b"content-length", b"3")]


def test_a_request_framed_twice_goes_on_framed_once():
    given = [(b"transfer-encoding", b"chunked"), (b"content-length", b"3")]
    framing = [field for field in towards_hub(given, b"t", b"hub") if field[0] in {b"transfer-encoding", b"content-length"}]
    assert framing == [(b"transfer-encoding", b"chunked")]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET http://elsewhere/v1/budget HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: hub\r\n\r\n",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
        b"GET /v1/budget HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"not http at all\r\n\r\n",
    ],
)
async def test_what_is_not_a_request_for_a_path_is_refused_without_asking_the_hub(hub, relay, raw):
    reader, writer = await asyncio.open_connection(relay.host, relay.port)
    writer.write(raw)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"reason": "BadRequest"' in answer
    assert hub.seen == []
