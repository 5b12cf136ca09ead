"""Who may call what is one table; these tests hold every route and tool against it."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from researchfleet_core.wire.principals import PERMISSIONS, Operation, Role
from researchfleet_hub.faces.internal_port import OPEN
from researchfleet_hub.faces.mcp_face import McpFace
from researchfleet_hub.identity.door import Door, May

from tests.hub.conftest import REVIEWER, RUNTIME, World, agent, reproduction

PATH_VALUES = {
    "digest": f"sha256:{'0' * 64}",
    "number": "1",
    "uid": "fleet-1",
    "experiment": "x1",
}
PORT_OF = {Role.AGENT: "agents", Role.REPRODUCTION: "agents", Role.RUNTIME: "internal", Role.REVIEWER: "internal"}


def guarded(app: FastAPI) -> dict[tuple[str, str], list[Operation]]:
    """The operations that each route asks for, by method and path."""
    return {
        (method, route.path): [one.call.operation for one in route.dependant.dependencies if isinstance(one.call, May)]
        for route in app.routes
        if isinstance(route, APIRoute) and route.path not in OPEN
        for method in route.methods or ()
    }


def applications(world: World) -> dict[str, FastAPI]:
    """Both ports, out of their counting middleware."""
    ports: dict[str, Any] = {"agents": world.agents_port.app, "internal": world.internal_port.app}
    return {name: port._app for name, port in ports.items()}


def test_every_route_names_exactly_one_operation(world: World) -> None:
    for app in applications(world).values():
        table = guarded(app)
        assert len(table) >= 9
        assert {path: operations for path, operations in table.items() if len(operations) != 1} == {}


def test_nothing_is_routed_beside_the_guarded_routes_and_the_tools(world: World) -> None:
    """Only the description is open on the agents' port, and probes and scrapes on the internal one."""
    others = {
        name: {getattr(route, "path", "?") for route in app.routes if not isinstance(route, APIRoute)}
        for name, app in applications(world).items()
    }
    assert others == {"agents": {"/openapi.json", "/mcp"}, "internal": {"/openapi.json"}}
    assert {"/healthz", "/metrics", "/openapi.json"} == OPEN
    for app in applications(world).values():
        stack: list[Any] = [one.cls for one in app.user_middleware]
        assert stack == [Door]


def test_every_operation_of_the_table_is_reachable_somewhere(world: World) -> None:
    reachable = {operation for app in applications(world).values() for [operation] in guarded(app).values()}
    assert reachable == set(Operation)


def test_every_tool_names_an_operation_of_agents(world: World) -> None:
    tools = McpFace(world.hub).toolbox.operations
    assert set(tools) == {
        "register_experiment",
        "evaluate_predictions",
        "my_experiments",
        "budget_left",
        "share_finding",
        "list_findings",
        "read_finding",
        "search_findings",
        "vote_finding",
        "upload_snapshot",
        "list_snapshots",
        "download_snapshot",
    }
    assert set(tools.values()) <= PERMISSIONS[Role.AGENT]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_the_table_says_and_nothing_else(world: World, role: Role) -> None:
    token = {
        Role.AGENT: world.token(agent("ada")),
        Role.REPRODUCTION: world.token(reproduction("r1")),
        Role.RUNTIME: RUNTIME,
        Role.REVIEWER: REVIEWER,
    }[role]
    ports = {"agents": world.agents_port, "internal": world.internal_port}
    seen: dict[int | str, int] = {401: 0, 403: 0, "let in": 0}
    for name, app in applications(world).items():
        for (method, path), [operation] in guarded(app).items():
            filled = re.sub(r"{(\w+)}", lambda found: PATH_VALUES[found[1]], path)
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "key-of-nobody"}
            answer = ports[name].request(method, filled, headers=headers, content=b"{}")
            status: int | str = answer.status_code
            if name != PORT_OF[role]:
                expected: int | str = 401
            elif operation not in PERMISSIONS[role]:
                expected = 403
            else:
                expected = "let in"
                status = status if status in {401, 403} else "let in"
            assert status == expected, (method, path)
            seen[expected] += 1
    assert seen[401] and seen["let in"]
    assert seen[403] or role is Role.RUNTIME  # the runtime may do all that its port offers


def test_a_reproduction_reaches_no_tool(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token(reproduction('r1'))}", "Accept": "application/json, text/event-stream"}
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = world.agents_port.post("/mcp", json=listing, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["reason"] == "Forbidden"
