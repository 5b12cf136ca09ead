"""`researchfleet findings [FLEET] [--follow]`"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from researchfleet_core.wire.findings import Finding
from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from researchfleet.commands import runs as known
from researchfleet.commands.failing import Exit
from researchfleet.commands.runs import DEFAULT, Fleet, Runs
from researchfleet.local import HubRefusedError, HubUnreachableError
from researchfleet.summary import words

POLL_SECONDS = 2.0


def findings(
    fleet: Fleet = None,
    runs: Runs = DEFAULT,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is shared until the run ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs, one finding a line.")] = False,
) -> None:
    """What agents told each other, oldest first. It is their own text: claims, not results."""
    folder = known.find(runs, fleet)
    if not follow:
        _print(asyncio.run(known.findings(folder)), as_json)
        return
    try:
        asyncio.run(_follow(folder, as_json))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None


async def _follow(folder: Path, as_json: bool) -> None:
    """Print what is new until the hub no longer answers, then what it left."""
    shown = 0
    if hub := known.reach(folder):
        try:
            with suppress(HubUnreachableError, HubRefusedError):
                while True:
                    shown = _print_after(shown, await hub.findings(), as_json)
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            await hub.aclose()
    if (folder / known.SUMMARY).exists():
        _print_after(shown, known.summary(folder).findings, as_json)


def _print_after(last: int, found: Sequence[Finding], as_json: bool) -> int:
    _print([one for one in found if one.id > last], as_json)
    return max((one.id for one in found), default=last)


def _print(found: Sequence[Finding], as_json: bool) -> None:
    for one in found:
        if as_json:
            sys.stdout.write(one.model_dump_json() + "\n")
        else:
            Console().print(_shown(one))
    sys.stdout.flush()


def _shown(one: Finding) -> Group:
    """A finding as text that can move nothing else on the terminal."""
    marks = [
        one.family or "",
        "from a finished experiment" if one.verified else "",
        f"+{one.upvotes} -{one.downvotes}" if one.upvotes or one.downvotes else "",
        f"answers #{one.parent}" if one.parent else "",
    ]
    head = Text.assemble(f"#{one.id} {one.author} {one.type}: ", (words.line(one.title), "bold"))
    meta = Text(", ".join(mark for mark in marks if mark), "dim")
    said = Padding(Text(words.visible(one.content)), (0, 0, 1, 2), expand=False)
    return Group(head, meta, said) if meta.plain else Group(head, said)
