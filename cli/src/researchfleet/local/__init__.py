"""The runtime for one machine: starts evaluator, hub and agents as processes, each agent in a sandbox (docs/local.md)."""

from researchfleet.local.errors import CannotRunError
from researchfleet.local.folder import RunFolder, choose
from researchfleet.local.home import Home
from researchfleet.local.hub import HubRefusedError, HubUnreachableError, InternalHub
from researchfleet.local.loop import Outcome
from researchfleet.local.preparing import Progress, prepare
from researchfleet.local.runtime import LocalRuntime, Sandbox
from researchfleet.local.status import Status
from researchfleet.local.unsupported import unsupported

__all__ = [
    "CannotRunError",
    "Home",
    "HubRefusedError",
    "HubUnreachableError",
    "InternalHub",
    "LocalRuntime",
    "Outcome",
    "Progress",
    "RunFolder",
    "Sandbox",
    "Status",
    "choose",
    "prepare",
    "unsupported",
]
