"""The command line: `researchfleet --help`."""

from importlib.metadata import version
from typing import Annotated

import typer

from researchfleet.commands.findings import findings
from researchfleet.commands.leaderboard import leaderboard
from researchfleet.commands.prepare import prepare
from researchfleet.commands.report import report
from researchfleet.commands.run import run
from researchfleet.commands.status import status
from researchfleet.commands.validate import validate

app = typer.Typer(
    name="researchfleet",
    help="Fleets of automated researchers on weak-to-strong supervision, and which of their scores can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (run, prepare, validate, status, leaderboard, findings, report):
    app.command()(command)


# Its libraries take seconds to import, which no other command shall wait for.
@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def testbed(context: typer.Context) -> None:
    """Build, check and show testbeds (docs/testbeds.md)."""
    from researchfleet.testbed.commands import app as testbeds  # noqa: PLC0415 - see above

    testbeds(args=context.args, prog_name="researchfleet testbed")


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
