"""`researchfleet leaderboard [FLEET]`"""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from researchfleet.commands.runs import DEFAULT, AsJson, Fleet, Runs, find, scores
from researchfleet.live.tables import leaderboard as table


def leaderboard(
    fleet: Fleet = None,
    runs: Runs = DEFAULT,
    every: Annotated[bool, typer.Option("--all", help="Every experiment, not only the best.")] = False,
    as_json: AsJson = False,
) -> None:
    """Finalists and experiments in order of what can be trusted: reproduced PGR, then rank PGR.

    For people. An agent that sees an order can climb it, so agents never do.
    """
    its = asyncio.run(scores(find(runs, fleet)))
    if as_json:
        sys.stdout.write(its.model_dump_json(indent=1) + "\n")
    else:
        Console().print(table(its, most=sys.maxsize if every else 15))
