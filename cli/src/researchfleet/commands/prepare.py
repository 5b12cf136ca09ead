"""`researchfleet prepare FILE`"""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from researchfleet.commands.failing import Exit, fail
from researchfleet.commands.fleets import find_home, read
from researchfleet.local import CannotRunError, Progress
from researchfleet.local import prepare as build


def prepare(file: Annotated[Path, typer.Argument(help="A fleet, such as examples/quickstart.yaml.")]) -> None:
    """Build the student models and features that a fleet needs; what is there already is kept.

    `run` does the same first. Interrupted, it goes on where it was.
    """
    started = time.monotonic()
    fleet = read(file)
    try:
        asyncio.run(build(fleet.fleet.spec, find_home(fleet), lambda progress: typer.echo(in_words(progress))))
    except CannotRunError as error:
        fail(str(error), Exit.CANNOT_RUN)
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    typer.echo(f"prepared {file} in {time.monotonic() - started:.1f} s")


def in_words(progress: Progress) -> str:
    """One line a step."""
    return f"prepare {progress.done}/{progress.total} {progress.what}"
