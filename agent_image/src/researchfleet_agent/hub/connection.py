"""Requests to the hub that are tried again, with the same key, until it answers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from pydantic import ValidationError
from researchfleet_core.wire.base import IDEMPOTENCY_HEADER, Message, Refusal

from researchfleet_agent.hub.errors import HubLostError, RefusedError

log = logging.getLogger(__name__)

# The relay itself waits up to three minutes for a hub that restarts, and a hub may wait for its evaluator.
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)


@dataclass(frozen=True)
class Patience:
    """How long a request is tried again. A hub restarts in seconds, a node in minutes."""

    seconds: float = 900.0
    first_wait: float = 0.1
    longest_wait: float = 5.0


class Connection:
    """Kept-alive connections to one base URL. Safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        *,
        token: Callable[[], str] | None = None,
        transport: httpx.BaseTransport | None = None,
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """token: the one of the moment, only where no relay adds it. transport: httpx's own TCP one when absent."""
        self._http = httpx.Client(base_url=base_url, transport=transport, timeout=_TIMEOUT, trust_env=False)
        self._token = token
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def request(self, method: str, path: str, *, body: Message | None = None, key: str | None = None) -> bytes:
        """The answer's body. A write is given its idempotency key, so that trying again does nothing twice.

        Raises RefusedError for a 4xx answer, HubLostError when neither the hub nor the relay gave one in time.
        """
        end = self._clock() + self._patience.seconds
        wait = self._patience.first_wait
        while True:
            outcome = self._try(method, path, body, key)
            if isinstance(outcome, bytes):
                return outcome
            if self._clock() + wait > end:
                raise HubLostError(f"{method} {path}: no answer for {self._patience.seconds:g} seconds: {outcome}")
            log.warning("%s %s: %s; again in %.1f s", method, path, outcome, wait)
            self._sleep(wait)
            wait = min(wait * 2, self._patience.longest_wait)

    def once(self, method: str, path: str, *, body: Message) -> bytes:
        """The answer's body, or HubLostError at the first failure: for what is said again in a moment anyway."""
        outcome = self._try(method, path, body, None)
        if isinstance(outcome, bytes):
            return outcome
        raise HubLostError(f"{method} {path}: {outcome}")

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def _try(self, method: str, path: str, body: Message | None, key: str | None) -> bytes | str:
        """The body of a good answer, or why to try again."""
        headers = {"content-type": "application/json"} if body is not None else {}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token()}"
        if key is not None:
            headers[IDEMPOTENCY_HEADER] = key
        content = body.model_dump_json().encode() if body is not None else None
        try:
            answer = self._http.request(method, path, content=content, headers=headers)
        except httpx.TransportError as error:
            return f"{type(error).__name__}: {error}"
        if answer.is_success:
            return answer.content
        refusal = _refusal(answer)
        passing = answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        if passing and not refusal.final:
            return f"{answer.status_code} {refusal}"
        raise refusal


def _refusal(answer: httpx.Response) -> RefusedError:
    try:
        said = Refusal.model_validate_json(answer.content)
    except ValidationError:
        return RefusedError(answer.status_code, "Unexplained", f"{answer.status_code} {answer.text[:200]}")
    sentence = f"{said.field}: {said.error}" if said.field and said.field not in said.error else said.error
    return RefusedError(answer.status_code, said.reason, sentence)
