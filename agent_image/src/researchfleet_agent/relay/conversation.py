"""One client's connection and the connection to the hub that is paired with it."""

import asyncio
import json
import logging
from typing import TypeVar

import h11

from researchfleet_agent.relay.headers import towards_client, towards_hub
from researchfleet_agent.relay.peer import Event, Peer
from researchfleet_agent.relay.token import Token
from researchfleet_agent.relay.upstream import HubUnreachableError, Upstream

E = TypeVar("E", bound=BaseException)

log = logging.getLogger(__name__)

# Twice what the largest message the hub takes needs: a million predictions are about 20 MB of JSON.
MAX_BODY = 48 * 1024 * 1024
# The hub's server closes a connection that was idle for 5 s; a request must not meet that.
_HUB_IDLE = 2.0
# How long a client may go on sending a body after its answer.
_LINGER = 2.0


class RefusedError(Exception):
    """The relay answers by itself."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


class Conversation:
    """Forwards a client's requests one after the other; bodies stream in both directions at the same time."""

    def __init__(self, client: Peer, upstream: Upstream, token: Token, max_body: int = MAX_BODY) -> None:
        self._client = client
        self._upstream = upstream
        self._token = token
        self._max_body = max_body
        self._hub: Peer | None = None

    async def run(self) -> None:
        """Until either side closes."""
        try:
            while await self._one():
                self._client.state.start_next_cycle()
            await self._client.finish(_LINGER)
        except* (ClientGoneError, OSError):
            pass
        finally:
            self._client.close()
            self._drop_hub()

    async def _one(self) -> bool:
        """One request and its answer; whether the client may send another."""
        try:
            await self._exchange()
        except* RefusedError as refused:
            first = _only(refused)
            await self._refuse(first.status, first.reason, str(first))
        except* HubUnreachableError as lost:
            await self._refuse(502, "HubUnreachable", str(_only(lost)))
        except* h11.RemoteProtocolError as wrong:
            await self._refuse(400, "BadRequest", f"not an HTTP/1.1 request: {_only(wrong)}")
        return self._client.state.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}

    async def _exchange(self) -> None:
        request = await self._client.event()
        if not isinstance(request, h11.Request):
            raise ClientGoneError
        if not request.target.startswith(b"/"):
            raise RefusedError(400, "BadRequest", f"target {request.target!r} is not allowed (a path on the hub)")
        hub = await self._hub_connection()
        async with asyncio.TaskGroup() as both:
            sending = both.create_task(self._send_request(request, hub))
            await self._pass_answer(hub)
            sending.cancel()
        if hub.state.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            hub.state.start_next_cycle()
        else:
            self._drop_hub()

    async def _hub_connection(self) -> Peer:
        if self._hub is None or not self._hub.reusable(_HUB_IDLE):
            self._drop_hub()
            self._hub = Peer(h11.CLIENT, await self._upstream.connect(self._client.seems_gone))
        return self._hub

    async def _send_request(self, request: h11.Request, hub: Peer) -> None:
        """Head and body to the hub; after that watches whether the client still waits."""
        headers = towards_hub(request.headers, self._token.now(), self._upstream.host)
        event: Event = h11.Request(method=request.method, target=request.target, headers=headers)
        size = 0
        while True:
            try:
                await hub.send(event)
            except OSError:
                return  # the hub may have answered before it closed; reading tells
            if isinstance(event, h11.EndOfMessage):
                break
            event = await self._client.event()
            if isinstance(event, h11.Data):
                size += len(event.data)
            if size > self._max_body:
                raise RefusedError(413, "BodyTooLarge", f"a body over {self._max_body} bytes is not allowed")
        await self._client.gone()
        raise ClientGoneError

    async def _pass_answer(self, hub: Peer) -> None:
        answer = await self._from_hub(hub)
        while isinstance(answer, h11.InformationalResponse):
            answer = await self._from_hub(hub)
        if isinstance(answer, h11.Response):
            headers = towards_client(answer.headers)
            answer = h11.Response(status_code=answer.status_code, headers=headers, reason=answer.reason)
        while not isinstance(answer, h11.EndOfMessage):
            await self._client.send(answer)
            answer = await self._from_hub(hub)
        await self._client.send(h11.EndOfMessage())

    async def _from_hub(self, hub: Peer) -> Event:
        try:
            event = await hub.event()
        except (OSError, h11.RemoteProtocolError) as error:
            raise _lost(error) from None
        if isinstance(event, h11.ConnectionClosed):
            raise _lost("connection closed")
        return event

    async def _refuse(self, status: int, reason: str, sentence: str) -> None:
        """Answer for the hub, if no answer has begun, and close."""
        self._drop_hub()
        if self._client.state.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            log.warning("answer cut short: %s", sentence)
            raise ClientGoneError
        body = json.dumps({"error": sentence, "reason": reason, "field": None}).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        await self._client.send(h11.Response(status_code=status, headers=headers))
        await self._client.send(h11.Data(data=body))
        await self._client.send(h11.EndOfMessage())

    def _drop_hub(self) -> None:
        if self._hub is not None:
            self._hub.close()
        self._hub = None


def _lost(why: object) -> HubUnreachableError:
    return HubUnreachableError(
        f"the hub went away before it had answered ({why}); send the request again with the same Idempotency-Key"
    )


def _only(group: BaseExceptionGroup[E]) -> E:
    """The first of the errors that ended an exchange; except* hands over groups, of groups where a task failed."""
    first = group.exceptions[0]
    return _only(first) if isinstance(first, BaseExceptionGroup) else first
