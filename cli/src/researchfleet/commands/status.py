"""`researchfleet status [FLEET]`"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import typer
from pydantic import ValidationError
from rich.console import Console

from researchfleet.commands.failing import Exit, fail
from researchfleet.commands.runs import DEFAULT, AsJson, Fleet, Runs, find
from researchfleet.live.picture import picture
from researchfleet.live.screen import draw
from researchfleet.local import RunFolder, Status
from researchfleet.summary import words


def status(fleet: Fleet = None, runs: Runs = DEFAULT, as_json: AsJson = False) -> None:
    """How a run stands: phase, agents, best PGR, money, diversity, reproductions. With --json: status.json as it is."""
    folder = RunFolder(find(runs, fleet))
    its = _read(folder.status)
    if as_json:
        sys.stdout.write(its.model_dump_json(indent=1, by_alias=True) + "\n")
        return
    console = Console()
    runs_now = folder.connection.exists() and psutil.pid_exists(its.pid)
    # A run that is over does not grow older.
    console.print(draw(picture(its, datetime.now(UTC) if runs_now else its.updated), height=sys.maxsize))
    ago = words.duration((datetime.now(UTC) - its.updated).total_seconds())
    typer.echo(f"{'seen' if runs_now else 'over, last changed'} {ago} ago: {folder.status}")


def _read(file: Path) -> Status:
    try:
        return Status.read(file)
    except ValidationError as error:
        fail(f"{file}: is not a status of this version of ResearchFleet: {error.error_count()} errors", Exit.BAD_INPUT)
