"""In front of every route: the hub's token, the size of a body, and one form for all errors."""

import logging
from hashlib import sha256
from hmac import compare_digest
from typing import cast

from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from researchfleet_evaluator.metrics import Metrics
from researchfleet_evaluator.refusals import RefusalReason, RefusedError

# A million predictions of 20 characters, and room to spare.
MAX_BODY_BYTES = 32 << 20

OPEN = frozenset({"/healthz", "/metrics"})

BY_STATUS = {404: RefusalReason.NOT_FOUND, 405: RefusalReason.METHOD_NOT_ALLOWED}

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware: refuses callers without the token and bodies that are too large, before a route sees them."""

    def __init__(self, app: ASGIApp, token: str, metrics: Metrics) -> None:
        self._app = app
        self._token = sha256(token.encode()).digest()
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["path"] not in OPEN and not self._knows(headers.get("authorization", "")):
            problem = "authorization: the hub's token is needed (Authorization: Bearer ...)"
            refused = RefusedError(401, RefusalReason.UNAUTHENTICATED, problem, "authorization")
        elif not _fits(headers.get("content-length", "0")):
            refused = too_large()
        else:
            await self._app(scope, _counted(receive), send)
            return
        await refuse(self._metrics, refused)(scope, receive, send)

    def _knows(self, authorization: str) -> bool:
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and compare_digest(sha256(token.encode()).digest(), self._token)


def _fits(length: str) -> bool:
    return length.isdecimal() and int(length[:20]) <= MAX_BODY_BYTES


def too_large() -> RefusedError:
    """413."""
    return RefusedError(413, RefusalReason.TOO_LARGE, f"body: more than {MAX_BODY_BYTES} bytes are not allowed")


def _counted(receive: Receive) -> Receive:
    """`receive` that ends a chunked body, which states no length, at the same limit."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise too_large()
        return message

    return counting


def refuse(metrics: Metrics, refused: RefusedError) -> Response:
    """Count a refusal and put it on the wire."""
    metrics.refusals.labels(refused.reason).inc()
    return Response(refused.body, refused.status, media_type="application/json")


def answer_errors(app: FastAPI, metrics: Metrics) -> None:
    """Give every error the body of a Refusal; what nobody foresaw is logged and tells the caller nothing."""

    async def refused(_: Request, error: Exception) -> Response:
        return refuse(metrics, cast("RefusedError", error))

    async def http(_: Request, error: Exception) -> Response:
        raised = cast("HTTPException", error)
        reason = BY_STATUS.get(raised.status_code, RefusalReason.INVALID)
        return refuse(metrics, RefusedError(raised.status_code, reason, f"request: {raised.detail}"))

    async def database(_: Request, error: Exception) -> Response:
        _log.error("database: %s", error)
        problem = "the database does not answer; nothing was changed, try again"
        return refuse(metrics, RefusedError(503, RefusalReason.DATABASE, problem))

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=400)  # the caller hung up in the middle of its body; nobody reads this

    async def unforeseen(_: Request, error: Exception) -> Response:
        _log.error("unforeseen", exc_info=error)
        return refuse(metrics, RefusedError(500, RefusalReason.INTERNAL, "the evaluator failed; its log says why"))

    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(OperationalError, database)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, unforeseen)
