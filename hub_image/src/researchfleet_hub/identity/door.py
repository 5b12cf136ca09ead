"""The one door of a port: no request gets past it without a proven identity."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from anyio import to_thread
from researchfleet_core.wire.base import Refusal
from researchfleet_core.wire.principals import Operation, Principal, allowed
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from researchfleet_hub.identity.callers import Reproducer, Researcher, reproducer, researcher
from researchfleet_hub.refusals import RefusalReason, refuse

Identify = Callable[[str], Principal | None]

logger = logging.getLogger(__name__)

# One answer for a missing, an unknown and a revoked token.
_UNKNOWN = Refusal(
    error="the bearer token is missing or not valid (any more); ask the runtime for one",
    reason=RefusalReason.UNAUTHENTICATED,
)


class Door:
    """ASGI middleware: puts the caller's Principal into `request.state.principal`, or answers 401.

    It stands before routing and before any body is read. open_to_all: paths that need no identity.
    """

    def __init__(self, app: ASGIApp, identify: Identify, open_to_all: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._identify = identify
        self._open_to_all = open_to_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] not in self._open_to_all:
            principal = await to_thread.run_sync(self._identify, bearer(Headers(scope=scope)))
            if principal is None:
                logger.warning("401 for %s %r: no valid token", scope["method"], scope["path"])
                challenge = {"WWW-Authenticate": "Bearer"}
                answer = Response(_UNKNOWN.model_dump_json(), 401, challenge, media_type="application/json")
                await answer(scope, receive, send)
                return
            scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


def bearer(headers: Headers) -> str:
    """The token of an Authorization header, '' when there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def admit(request: Request, operation: Operation) -> Principal:
    """The caller, if its role may do `operation`. Refused with 403."""
    principal: Principal = request.state.principal
    if not allowed(principal.role, operation):
        raise refuse(403, RefusalReason.FORBIDDEN, f"a token of role {principal.role} may not {operation}")
    return principal


@dataclass(frozen=True)
class May:
    """A route's dependency: who calls, if the role may do `operation`. Every route has one; a test proves it."""

    operation: Operation

    async def __call__(self, request: Request) -> Principal:
        """The caller."""
        return admit(request, self.operation)


@dataclass(frozen=True)
class MayResearch(May):
    """As May, for routes of agents."""

    async def __call__(self, request: Request) -> Researcher:  # type: ignore[override]
        """The agent that calls."""
        return researcher(admit(request, self.operation))


@dataclass(frozen=True)
class MayReproduce(May):
    """As May, for routes of reproductions."""

    async def __call__(self, request: Request) -> Reproducer:  # type: ignore[override]
        """The reproduction that calls."""
        return reproducer(admit(request, self.operation))
