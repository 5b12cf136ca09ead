"""How a command ends: exit statuses, and errors as lines on stderr."""

from enum import IntEnum
from typing import NoReturn

import typer

from researchfleet.summary import words


class Exit(IntEnum):
    """Documented in docs/cli.md."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    CANNOT_RUN = 3
    INTERRUPTED = 130


def fail(message: str, status: Exit) -> NoReturn:
    """Say what is wrong and end."""
    for line in message.splitlines():
        typer.echo(words.visible(line), err=True)
    raise typer.Exit(status)
