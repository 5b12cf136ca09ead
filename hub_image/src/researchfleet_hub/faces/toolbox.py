"""MCP tools as thin faces of the services: who calls, what it may do, and how a refusal is told."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError
from researchfleet_core.wire.principals import Operation
from starlette.requests import Request

from researchfleet_hub.identity.callers import Researcher, researcher
from researchfleet_hub.identity.door import admit
from researchfleet_hub.refusals import Refused

F = TypeVar("F", bound=Callable[..., Any])


class Toolbox:
    """Tools by name, each with the one operation that it needs."""

    def __init__(self, server: MCPServer[Any]) -> None:
        self._server = server
        self.operations: dict[str, Operation] = {}

    def tool(self, operation: Operation) -> Callable[[F], F]:
        """Register a function `(ctx, ...)`: the caller's role is checked first, refusals become tool errors."""

        def register(function: F) -> F:
            @functools.wraps(function)
            def called(ctx: Context[Any, Any], **arguments: Any) -> Any:
                try:
                    admit(request_of(ctx), operation)
                    return function(ctx=ctx, **arguments)
                except Refused as refused:
                    raise ToolError(refused.refusal.error) from refused
                except ValidationError as error:
                    first = error.errors()[0]
                    raise ToolError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error

            name = function.__name__
            self.operations[name] = operation
            self._server.add_tool(called, name=name)
            return function

        return register


def request_of(ctx: Context[Any, Any]) -> Request:
    """The HTTP request that a tool call came in."""
    request = ctx.request_context.request
    if not isinstance(request, Request):
        raise ToolError("this server is reached over HTTP only")
    return request


def caller(ctx: Context[Any, Any]) -> Researcher:
    """The agent that calls; its role was checked by the toolbox."""
    return researcher(request_of(ctx).state.principal)
