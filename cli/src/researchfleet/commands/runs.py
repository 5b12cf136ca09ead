"""Finding a run and what is known of it: from its hub while that runs, else from the files it left."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from researchfleet_core.wire.evaluation import FleetScores
from researchfleet_core.wire.findings import Finding

from researchfleet.commands.failing import Exit, fail
from researchfleet.local import HubRefusedError, HubUnreachableError, InternalHub, RunFolder
from researchfleet.summary import Summary, SummaryError, read_summary

Runs = Annotated[Path, typer.Option("--runs", help="The folder of runs.")]
Fleet = Annotated[str | None, typer.Argument(help="Name of the fleet; the newest run when left out.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]

DEFAULT = Path("runs")
SUMMARY, REPORT = "summary.json", "report.html"


def find(runs: Path, fleet: str | None) -> Path:
    """The folder of a run; the newest one without a name. Ends the command with a sentence when there is none."""
    there = sorted(_all(runs), key=lambda folder: RunFolder(folder).status.stat().st_mtime)
    if not there:
        fail(f"{runs}: there is no run here; start one: researchfleet run examples/quickstart.yaml", Exit.BAD_INPUT)
    if fleet is None:
        return there[-1]
    chosen = runs / fleet
    if chosen not in there:
        fail(f"{chosen}: there is no such run ({', '.join(sorted(folder.name for folder in there))})", Exit.BAD_INPUT)
    return chosen


def _all(runs: Path) -> list[Path]:
    return [path.parent for path in runs.glob(f"*/{RunFolder(runs).status.name}")]


def summary(folder: Path) -> Summary:
    """The run's summary. Ends the command when it has none that can be read."""
    if not (folder / SUMMARY).exists():
        fail(f"{folder}: has no {SUMMARY} yet; a run writes it at its end, or when it is drained or stopped", Exit.BAD_INPUT)
    try:
        return read_summary(folder / SUMMARY)
    except SummaryError as error:
        fail(str(error), Exit.BAD_INPUT)


async def scores(folder: Path) -> FleetScores:
    """All scores: the hub's while it runs, else the summary's."""
    if hub := reach(folder):
        try:
            return await hub.scores()
        except (HubUnreachableError, HubRefusedError):
            pass
        finally:
            await hub.aclose()
    left = summary(folder)
    return FleetScores(
        fleet_uid=left.fleet.uid,
        problem=left.problem.digest,
        testbed=left.problem.testbed,
        experiments=left.experiments,
        reproductions=left.reproductions,
    )


async def findings(folder: Path) -> list[Finding]:
    """Everything shared: from the hub while it runs, else from the summary."""
    if hub := reach(folder):
        try:
            return await hub.findings()
        except (HubUnreachableError, HubRefusedError):
            pass
        finally:
            await hub.aclose()
    return summary(folder).findings


def reach(folder: Path) -> InternalHub | None:
    """A client of the run's hub, if it may be running."""
    try:
        return InternalHub.of_run(folder)
    except (HubUnreachableError, ValidationError):
        return None
