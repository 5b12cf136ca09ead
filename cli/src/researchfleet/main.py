"""The command line: `researchfleet --help`."""

from importlib.metadata import version
from typing import Annotated

import typer

from researchfleet.commands.findings import findings
from researchfleet.commands.leaderboard import leaderboard
from researchfleet.commands.report import report
from researchfleet.commands.run import run
from researchfleet.commands.status import status
from researchfleet.commands.validate import validate
from researchfleet.testbed.commands import app as testbed

app = typer.Typer(
    name="researchfleet",
    help="Fleets of automated researchers on weak-to-strong supervision, and which of their scores can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (run, validate, status, leaderboard, findings, report):
    app.command()(command)
app.add_typer(testbed, name="testbed")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"researchfleet {version('researchfleet')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options of every command."""
