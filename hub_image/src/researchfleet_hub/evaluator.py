"""The hub's side of the evaluator's HTTP routes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from researchfleet_core.wire.base import Refusal
from researchfleet_core.wire.evaluation import (
    AgentRef,
    EvaluationPlan,
    EvaluatorRegister,
    EvaluatorSubmit,
    FleetScores,
    Planned,
    ReproductionEnd,
    ReproductionPredictions,
)
from researchfleet_core.wire.experiments import OwnExperiments, Registered, Submitted

from researchfleet_hub.refusals import RefusalReason, Refused

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)

# Half of the threads that serve requests: when the evaluator hangs, heartbeats and syncs still get through.
CALLS_AT_ONCE = 32
_TIMEOUT = httpx.Timeout(60, connect=5, pool=5)


class EvaluatorAwayError(Refused):
    """503: no answer came, or none that means anything; whether the evaluator acted on the request is not known."""

    def __init__(self) -> None:
        refusal = Refusal(
            error="the evaluator does not answer; send the same request with the same key again in a few seconds",
            reason=RefusalReason.EVALUATOR_UNREACHABLE,
        )
        super().__init__(503, refusal)


class Evaluator:
    """Calls it. A 4xx of the evaluator is raised as it came; everything else that is no answer as EvaluatorAwayError."""

    def __init__(self, address: str, token: str, timeout: httpx.Timeout = _TIMEOUT) -> None:
        """address: `unix:PATH` or `http://HOST:PORT`."""
        socket = address.removeprefix("unix:") if address.startswith("unix:") else None
        limits = httpx.Limits(max_connections=CALLS_AT_ONCE, max_keepalive_connections=CALLS_AT_ONCE)
        self._http = httpx.Client(
            base_url="http://evaluator" if socket else address,
            # Certificates are loaded for https only: it takes 0.1 s, and the usual evaluator is a neighbour without TLS.
            transport=httpx.HTTPTransport(uds=socket, limits=limits, verify=address.startswith("https://")),
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def plan(self, plan: EvaluationPlan) -> Planned:
        """Say what is scored."""
        return self._ask("PUT", f"/v1/fleets/{plan.fleet_uid}", Planned, plan)

    def register(self, message: EvaluatorRegister) -> Registered:
        """Register an experiment."""
        return self._ask("POST", "/v1/experiments", Registered, message)

    def submit(self, message: EvaluatorSubmit) -> Submitted:
        """Submit one seed."""
        return self._ask("POST", f"/v1/experiments/{message.experiment}/predictions", Submitted, message)

    def own_experiments(self, owner: AgentRef) -> OwnExperiments:
        """An agent's experiments as it may see them."""
        return self._ask("GET", f"/v1/fleets/{owner.fleet_uid}/agents/{owner.agent_uid}/experiments", OwnExperiments)

    def scores(self, fleet_uid: str) -> FleetScores:
        """All scores of a fleet."""
        return self._ask("GET", f"/v1/fleets/{fleet_uid}/scores", FleetScores)

    def nominate(self, fleet_uid: str) -> FleetScores:
        """Choose finalists now."""
        return self._ask("POST", f"/v1/fleets/{fleet_uid}/reproductions", FleetScores)

    def deliver(self, reproduction: str, message: ReproductionPredictions) -> None:
        """Hand in one run of a reproduction."""
        self._send("POST", f"/v1/reproductions/{reproduction}/predictions", message)

    def end_reproduction(self, reproduction: str, message: ReproductionEnd) -> None:
        """Give a reproduction up."""
        self._send("POST", f"/v1/reproductions/{reproduction}/end", message)

    def inputs(self, fleet_uid: str) -> Iterator[bytes]:
        """The agents' task folder as the chunks of a tar."""
        return self._stream(f"/v1/fleets/{fleet_uid}/inputs")

    def reproduction_inputs(self, reproduction: str) -> Iterator[bytes]:
        """A reproduction's plan and task folders as the chunks of a tar."""
        return self._stream(f"/v1/reproductions/{reproduction}/inputs")

    def _ask(self, method: str, path: str, answer: type[M], message: BaseModel | None = None) -> M:
        raw = self._send(method, path, message).content
        try:
            return answer.model_validate_json(raw)
        except ValidationError as error:
            logger.exception("the evaluator's answer to %s %s is not a %s", method, path, answer.__name__)
            raise EvaluatorAwayError from error

    def _send(self, method: str, path: str, message: BaseModel | None) -> httpx.Response:
        body = message.model_dump_json().encode() if message else None
        headers = {"Content-Type": "application/json"} if body else None
        with _away():
            answer = self._http.request(method, path, content=body, headers=headers)
        _check(answer)
        return answer

    def _stream(self, path: str) -> Iterator[bytes]:
        """The body in chunks; the status is looked at before the first one is asked for."""
        with _away():
            answer = self._http.send(self._http.build_request("GET", path), stream=True)
        if answer.is_error:
            with _away():
                answer.read()
            _check(answer)
        return _chunks(answer)


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes(1 << 20)
    finally:
        answer.close()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise EvaluatorAwayError from error


def _check(answer: httpx.Response) -> None:
    """Raise what the evaluator refused; its complaint about our own token is not the agent's to see."""
    if answer.is_success:
        return
    refusal = _refusal(answer)
    if refusal and answer.is_client_error and answer.status_code not in {401, 403}:
        raise Refused(answer.status_code, refusal)
    said = refusal.error if refusal else answer.reason_phrase
    logger.error("the evaluator answered %s %s with %s: %s", *_named(answer), answer.status_code, said)
    raise EvaluatorAwayError


def _refusal(answer: httpx.Response) -> Refusal | None:
    try:
        return Refusal.model_validate_json(answer.content)
    except ValidationError:
        return None


def _named(answer: httpx.Response) -> tuple[str, str]:
    return answer.request.method, answer.request.url.path
