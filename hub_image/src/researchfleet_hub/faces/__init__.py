"""Thin faces of the services: the agents' port, the internal port, the MCP tools."""
