"""`researchfleet report [FLEET]`"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from researchfleet.commands.runs import DEFAULT, REPORT, AsJson, Fleet, Runs, find, summary
from researchfleet.report import write_report


def report(
    fleet: Fleet = None,
    runs: Runs = DEFAULT,
    out: Annotated[Path | None, typer.Option(help="Where to write it; beside summary.json when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write report.html anew from summary.json, and say where it is."""
    folder = find(runs, fleet)
    path = out or folder / REPORT
    write_report(summary(folder), path)
    if as_json:
        sys.stdout.write(json.dumps({"report": str(path)}) + "\n")
    else:
        typer.echo(str(path))
