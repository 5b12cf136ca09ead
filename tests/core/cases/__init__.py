"""One table about `decide`: what a case is called, changes to the bare spec, the world, the actions that must come."""

from typing import Any

from researchfleet_core.deciding import Action, World

from . import closing, restarting, scaling, stopping

Case = tuple[dict[str, Any], World, list[Action]]

PARTS = (scaling, restarting, stopping, closing)
CASES: dict[str, Case] = {name: case for part in PARTS for name, case in part.CASES.items()}
