"""Starting processes so that none of them outlives the runtime, and telling them from others."""

from researchfleet.local.processes.child import Child, Launch
from researchfleet.local.processes.identity import Identity, children, end_all

__all__ = ["Child", "Identity", "Launch", "children", "end_all"]
