"""In front of every route: the hub's token, the size of a body, and one form for all errors."""

import logging
from hashlib import sha256
from hmac import compare_digest

from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from researchfleet_evaluator.metrics import Metrics
from researchfleet_evaluator.refusals import Refused, RefusalReason

# A million predictions of 20 characters, and room to spare.
MAX_BODY_BYTES = 32 << 20

OPEN = frozenset({"/healthz", "/metrics"})

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
            refused = Refused(401, RefusalReason.UNAUTHENTICATED, problem, "authorization")
        elif int(length) > MAX_BODY_BYTES if (length := headers.get("content-length", "0")).isdecimal() else True:
            refused = too_large()
        else:
            await self._app(scope, _counted(receive), send)
            return
        await refuse(self._metrics, refused)(scope, receive, send)

    def _knows(self, authorization: str) -> bool:
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and compare_digest(sha256(token.encode()).digest(), self._token)


def too_large() -> Refused:
    """413."""
    return Refused(413, RefusalReason.TOO_LARGE, f"body: more than {MAX_BODY_BYTES} bytes are not allowed")


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


def refuse(metrics: Metrics, refused: Refused) -> Response:
    """Count a refusal and put it on the wire."""
    metrics.refusals.labels(refused.reason).inc()
    return Response(refused.body, refused.status, media_type="application/json")


def answer_errors(app: FastAPI, metrics: Metrics) -> None:
    """Give every error the body of a Refusal; what nobody foresaw is logged and tells the caller nothing."""

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return refuse(metrics, error)

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        reason = {404: RefusalReason.NOT_FOUND, 405: RefusalReason.METHOD_NOT_ALLOWED}.get(error.status_code, RefusalReason.INVALID)
        return refuse(metrics, Refused(error.status_code, reason, f"request: {error.detail}"))

    async def database(_: Request, error: Exception) -> Response:
        _log.error("database: %s", error)
        return refuse(metrics, Refused(503, RefusalReason.DATABASE, "the database does not answer; nothing was changed, try again"))

    async def unforeseen(_: Request, error: Exception) -> Response:
        _log.error("unforeseen", exc_info=error)
        return refuse(metrics, Refused(500, RefusalReason.INTERNAL, "the evaluator failed; its log says why"))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(DBAPIError, database)
    app.add_exception_handler(Exception, unforeseen)
