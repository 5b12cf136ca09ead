"""The hub as a researcher calls it: one method a route, retries with the same key, heartbeats."""

from researchfleet_agent.hub.client import Hub
from researchfleet_agent.hub.connection import Connection
from researchfleet_agent.hub.errors import HubLostError, RefusedError
from researchfleet_agent.hub.heartbeat import Heartbeats

__all__ = ["Connection", "Heartbeats", "Hub", "HubLostError", "RefusedError"]
