"""JSON bodies: read strictly and in one step, and still described in OpenAPI."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.requests import Request

from researchfleet_hub.faces.answers import not_valid
from researchfleet_hub.refusals import RefusalReason, refuse

_REF = "#/components/schemas/{model}"


# A finding with all its claims is far below; a heartbeat more so.
SMALL = 256 * 1024


async def read(request: Request, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes. Refused with 413 as soon as it has more, whatever length it claims."""
    parts: list[bytes] = []
    size = 0
    claimed = int(request.headers.get("content-length", "0"))
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if max(size, claimed) > limit:
            said = f"the body has more than {limit} bytes, which is all that is allowed here"
            raise refuse(413, RefusalReason.TOO_LARGE, said)
    return b"".join(parts)


class Body:
    """A dependency that reads the body as a message of at most `limit` bytes.

    Strict: a number in quotes or a bool is no number. A fifth of the framework's time for 2,000 predictions, which it would
    parse, walk and copy.
    """

    def __init__(self, model: type[BaseModel], limit: int) -> None:
        self.model = model
        self._limit = limit

    async def __call__(self, request: Request) -> Any:
        """The message. Refused with 422."""
        raw = await read(request, self._limit)
        try:
            return self.model.model_validate_json(raw, strict=True)
        except ValidationError as error:
            raise not_valid(error.errors(include_url=False, include_context=False)) from error


def body(model: type[BaseModel], limit: int = SMALL) -> Any:
    """Marks a route's parameter as its body: `Annotated[Vote, body(Vote)]`."""
    return Depends(Body(model, limit))


def describe_bodies(app: FastAPI) -> None:
    """Let the OpenAPI document of `app` show the bodies that `Body` reads."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_bodies(app, get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_bodies(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    models = [(route, model) for route in app.routes if isinstance(route, APIRoute) and (model := _model(route))]
    wanted = [(model, "validation") for model in dict.fromkeys(model for _, model in models)]
    _, schemas = models_json_schema(wanted, ref_template=_REF)  # type: ignore[arg-type]
    # A model that is also answered is already there, as it is written; only what is missing is added.
    document["components"]["schemas"] = schemas.get("$defs", {}) | document["components"]["schemas"]
    for route, model in models:
        content = {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
        for method in route.methods or ():
            document["paths"][route.path][method.lower()]["requestBody"] = {"required": True, "content": content}
    return document


def _model(route: APIRoute) -> type[BaseModel] | None:
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return next((call.model for call in calls if isinstance(call, Body)), None)
