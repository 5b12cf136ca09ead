"""The official MCP client reaches a server behind the relay by streamable HTTP."""

import asyncio

import uvicorn
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context


async def test_a_tool_is_called_through_the_relay_with_progress_while_it_works(hub, relay):
    told: list[float] = []
    heard = asyncio.Event()
    server = MCPServer("hub")

    @server.tool()
    async def work(context: Context) -> str:
        await context.report_progress(0.5, 1.0)
        # Only a relay that passes each event on at once lets this tool end.
        await heard.wait()
        return "done"

    async def progress(value: float, total: float | None, message: str | None) -> None:
        told.append(value)
        heard.set()

    await hub.stop()
    config = uvicorn.Config(server.streamable_http_app(), uds=str(hub.socket), log_level="warning")
    serving = uvicorn.Server(config)
    running = asyncio.create_task(serving.serve())
    try:
        async with asyncio.timeout(20), Client(f"{relay.url}/mcp") as client:
            answer = await client.call_tool("work", {}, progress_callback=progress)
    finally:
        serving.should_exit = True
        await running
    assert answer.content[0].text == "done"
    assert told == [0.5]
