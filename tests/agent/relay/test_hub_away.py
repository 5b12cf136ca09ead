"""A hub that restarts, dies in the middle of an answer, or does not come back."""

import asyncio

import h11
import httpx
import pytest
from researchfleet_agent.relay.upstream import Patience


async def test_a_request_waits_for_a_hub_that_restarts(hub, relay):
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        assert (await client.get("/v1/x")).text == "ok"
        await hub.stop()
        request = asyncio.create_task(client.post("/v1/y", content=b"kept"))
        done, _ = await asyncio.wait([request], timeout=0.1)
        assert not done
        await hub.start()
        assert (await request).text == "ok"
    assert [bytes(seen.body) for seen in hub.seen] == [b"", b"kept"]


class TestAHubThatDoesNotComeBack:
    @pytest.fixture
    def patience(self):
        return Patience(seconds=0.05, first_wait=0.01, longest_wait=0.02)

    async def test_is_told_as_a_502_that_says_what_to_do(self, hub, relay):
        await hub.stop()
        async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
            answer = await client.post("/v1/x", content=b"abc")
        assert answer.status_code == 502
        assert answer.json() == {
            "error": "the hub could not be reached for 0.05 seconds (No such file or directory); "
            "send the request again with the same Idempotency-Key",
            "reason": "HubUnreachable",
            "field": None,
        }


async def test_a_hub_that_dies_before_it_answers_is_told_as_a_502(hub, relay):
    async def die(peer, seen):
        peer.close()

    hub.answer = die
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        answer = await client.post("/v1/x", content=b"abc")
        assert answer.status_code == 502
        assert answer.json()["reason"] == "HubUnreachable"


@pytest.mark.parametrize("headers", [[], [("content-length", "100")]])
async def test_an_answer_that_is_cut_short_is_not_passed_off_as_whole(hub, relay, headers):
    async def die_in_the_middle(peer, seen):
        await peer.send(h11.Response(status_code=200, headers=headers))
        await peer.send(h11.Data(data=b"the first half"))
        peer.close()

    hub.answer = die_in_the_middle
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        with pytest.raises(httpx.TransportError):
            await client.get("/v1/x")


async def test_a_hub_may_close_between_two_requests(hub, relay):
    async def last_words(peer, seen):
        await peer.send(h11.Response(status_code=200, headers=[("content-length", "2"), ("connection", "close")]))
        await peer.send(h11.Data(data=b"ok"))
        await peer.send(h11.EndOfMessage())

    hub.answer = last_words
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=relay.url) as client:
        assert [(await client.get("/v1/x")).text for _ in range(3)] == ["ok"] * 3
    assert hub.connections == 3
