"""Bodies in, answers out: strict JSON straight into a message, work in a thread, a message straight into JSON."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, TypeAdapter, ValidationError
from researchfleet_core.wire.base import Message, Uid

from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, from_validation, invalid

M = TypeVar("M", bound=Message)

_UID: TypeAdapter[str] = TypeAdapter(Uid)


def evaluator_of(request: Request) -> Evaluator:
    """What this application works with."""
    evaluator: Evaluator = request.app.state.evaluator
    return evaluator


async def read(request: Request, model: type[M]) -> M:
    """The request's body. Raises RefusedError naming what is wrong.

    Strict: a number in quotes or a bool is no number. Straight from bytes: five times as fast as by way of the framework.
    """
    body = await request.body()
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise from_validation(error) from None


async def answer(work: Callable[[], BaseModel]) -> Response:
    """Run blocking work in a thread and answer with its message."""
    message = await run_in_threadpool(work)
    return Response(message.model_dump_json(), media_type="application/json")


def uid(value: str, reason: RefusalReason, kind: str) -> str:
    """A uid out of a path; one that cannot exist does not reach the database. Raises RefusedError."""
    try:
        return _UID.validate_python(value)
    except ValidationError:
        raise RefusedError(
            404, reason, f"{kind}: no such uid can exist (letters, digits, `_.-`, at most 64)", kind
        ) from None


def same(path: str, body: str, field: str) -> None:
    """Raises RefusedError when a path and its body name two different things."""
    if path != body:
        raise invalid(field, f"{body} is not allowed ({path}, as in the path)")
