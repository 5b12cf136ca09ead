"""`python real_run.py FOLDER`: a run with real evaluator and hub, as a process that can be killed.

FOLDER holds fleet.json, home.json and, once the run was drained, end.json with all that the hub knows.
"""

import asyncio
import json
import sys
from pathlib import Path

from researchfleet.local import Home, InternalHub, LocalRuntime, Sandbox, Status
from researchfleet_core.api import ResearchFleet


def main(place: Path) -> None:
    """Run or resume."""
    fleet = ResearchFleet.model_validate_json((place / "fleet.json").read_text())
    home = Home(**{name: Path(path) for name, path in json.loads((place / "home.json").read_text()).items()})

    async def on_end(hub: InternalHub, status: Status) -> None:
        scores, findings, ledger = await hub.scores(), await hub.findings(), await hub.ledger()
        end = {
            "experiments": [one.model_dump(mode="json") for one in scores.experiments],
            "findings": [one.model_dump(mode="json") for one in findings],
            "ledger": [one.model_dump(mode="json") for one in ledger],
            "status": status.model_dump(mode="json"),
        }
        (place / "end.json").write_text(json.dumps(end))

    runtime = LocalRuntime(fleet, place / "runs" / "f", home, Sandbox.BWRAP, lambda _: None, on_end=on_end)
    print(asyncio.run(runtime.run()).kind)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
