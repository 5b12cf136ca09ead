"""How a service's result, or its refusal, leaves a port."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from researchfleet_core.wire.base import Refusal
from starlette.exceptions import HTTPException
from starlette.responses import Response

from researchfleet_hub.refusals import RefusalReason, Refused, refuse

logger = logging.getLogger(__name__)

# Refusals that a client should wait on, with how many seconds.
_RETRY_AFTER = {503: "2"}

_REASONS = {
    404: RefusalReason.NOT_FOUND,
    405: RefusalReason.METHOD_NOT_ALLOWED,
    413: RefusalReason.TOO_LARGE,
}

# For OpenAPI: what any route may answer besides its own result.
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "no valid token"},
    403: {"model": Refusal, "description": "not allowed for this role, or the budget is exhausted"},
    "4XX": {"model": Refusal, "description": "refused; the body says why"},
    "5XX": {"model": Refusal, "description": "failed; the body says how to go on"},
}


class Json(Response):
    """A message as JSON; written by pydantic once, where FastAPI would validate and walk it again."""

    media_type = "application/json"

    def __init__(self, message: BaseModel) -> None:
        super().__init__(message.model_dump_json())


def explain_refusals(app: FastAPI) -> None:
    """Make every error of `app` a Refusal."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


def refusal_answer(refused: Refused) -> Response:
    """A refusal as an HTTP answer."""
    return _answer(refused.status, refused.refusal)


def not_valid(errors: Sequence[Any]) -> Refused:
    """The refusal of a request in which pydantic found `errors`; the first is told, the others are counted."""
    first = errors[0]
    field = ".".join(str(part) for part in first["loc"])
    also = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    said = f"{first['msg']}{_got(first.get('input'))}{also}"
    return refuse(422, RefusalReason.INVALID, f"{field}: {said}" if field else said, field or None)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this type only
    return refusal_answer(error)


async def _not_valid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    # "query" and "path" say where; the reader knows the parameter by the rest.
    errors = [{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()]
    return refusal_answer(not_valid(errors))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    reason = _REASONS.get(error.status_code, RefusalReason.INVALID)
    return _answer(error.status_code, Refusal(error=str(error.detail), reason=reason))


async def _failed(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    said = "the hub failed; nothing was changed. Send the same request with the same key again"
    return _answer(500, Refusal(error=said, reason=RefusalReason.INTERNAL_ERROR))


def _answer(status: int, refusal: Refusal) -> Response:
    headers = {"Retry-After": _RETRY_AFTER[status]} if status in _RETRY_AFTER else None
    return JSONResponse(refusal.model_dump(mode="json"), status, headers)


def _got(value: object) -> str:
    """The wrong value, where it is short enough to help."""
    shown = repr(value)
    return f", got {shown}" if isinstance(value, (str, int, float)) and len(shown) <= 80 else ""
