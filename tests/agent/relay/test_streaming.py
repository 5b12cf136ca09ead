"""Bodies pass while they are made, in both directions."""

import asyncio

import h11
import httpx
import pytest
from researchfleet_agent.relay import conversation


async def test_a_body_reaches_the_hub_before_the_client_has_finished_it(hub, relay):
    arrived = asyncio.Event()
    hub.on_data = lambda data: arrived.set()

    async def body():
        yield b"first"
        await arrived.wait()
        yield b"second"

    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        answer = await client.post("/v1/x", content=body())
    assert answer.status_code == 200
    assert hub.seen[0].body == b"firstsecond"


async def test_an_event_stream_reaches_the_client_event_by_event(hub, relay):
    read = asyncio.Event()

    async def stream(peer, seen):
        await peer.send(h11.Response(status_code=200, headers=[("content-type", "text/event-stream")]))
        await peer.send(h11.Data(data=b"data: 1\n\n"))
        await read.wait()
        await peer.send(h11.Data(data=b"data: 2\n\n"))
        await peer.send(h11.EndOfMessage())

    hub.answer = stream
    got = []
    async with (
        asyncio.timeout(5),
        httpx.AsyncClient(base_url=relay.url) as client,
        client.stream("GET", "/mcp") as answer,
    ):
        async for line in answer.aiter_lines():
            got.append(line)
            read.set()
    assert answer.headers["content-type"] == "text/event-stream"
    assert [line for line in got if line] == ["data: 1", "data: 2"]


async def test_an_answer_that_comes_before_the_body_is_finished_is_passed_on(hub, relay):
    refused = asyncio.Event()

    async def refuse_at_once(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
        await writer.drain()
        writer.close()
        refused.set()

    await hub.stop()
    server = await asyncio.start_unix_server(refuse_at_once, str(hub.socket))

    async def long():
        yield b"the beginning"
        await refused.wait()
        for _ in range(200):
            yield b"x" * 10_000

    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        answer = await client.post("/v1/x", content=long())
    server.close()
    assert (answer.status_code, answer.text) == (401, "no")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused(hub, relay, monkeypatch, chunked):
    monkeypatch.setattr(conversation.Conversation.__init__, "__defaults__", (1000,))

    async def pieces():
        for _ in range(20):
            yield b"x" * 100

    content = pieces() if chunked else b"x" * 2000
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        answer = await client.post("/v1/x", content=content)
    assert answer.status_code == 413
    assert answer.json()["reason"] == "BodyTooLarge"
    assert "1000 bytes" in answer.json()["error"]


async def test_a_client_that_waits_for_permission_to_send_gets_it(hub, relay):
    reader, writer = await asyncio.open_connection(relay.host, relay.port)
    writer.write(b"POST /v1/x HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b"abc")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    writer.close()
    assert hub.seen[0].body == b"abc"
    assert hub.seen[0]["expect"] == []


async def test_an_old_client_gets_an_answer_that_ends_with_the_connection(hub, relay):
    async def stream(peer, seen):
        await peer.send(h11.Response(status_code=200, headers=[]))
        await peer.send(h11.Data(data=b"all of it"))
        await peer.send(h11.EndOfMessage())

    hub.answer = stream
    reader, writer = await asyncio.open_connection(relay.host, relay.port)
    writer.write(b"GET /v1/x HTTP/1.0\r\n\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\nall of it")


async def test_requests_of_one_client_share_one_connection_to_the_hub(hub, relay):
    async with httpx.AsyncClient(base_url=relay.url) as client:
        for _ in range(3):
            assert (await client.get("/v1/x")).text == "ok"
    assert hub.connections == 1


async def test_when_the_client_leaves_the_hub_is_told(hub, relay):
    came, left = asyncio.Event(), asyncio.Event()

    async def wait_for_it(peer, seen):
        came.set()
        await peer.gone()
        left.set()

    hub.answer = wait_for_it
    _, writer = await asyncio.open_connection(relay.host, relay.port)
    writer.write(b"GET /v1/slow HTTP/1.1\r\nHost: hub\r\n\r\n")
    async with asyncio.timeout(5):
        await came.wait()
        writer.close()
        await left.wait()
