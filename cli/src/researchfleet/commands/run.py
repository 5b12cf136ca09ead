"""`researchfleet run FILE`"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from researchfleet_core.reasons import Reason
from rich.console import Console

from researchfleet.commands.ending import leave
from researchfleet.commands.failing import Exit, fail
from researchfleet.commands.fleets import find_home, read
from researchfleet.commands.following import Following
from researchfleet.commands.prepare import in_words
from researchfleet.commands.runs import DEFAULT, REPORT, SUMMARY, Runs
from researchfleet.fleetfile import FleetFile
from researchfleet.live import Event, JsonLines, Kind, Lines, Screen, View
from researchfleet.live.tables import results
from researchfleet.local import (
    CannotRunError,
    Home,
    HubRefusedError,
    HubUnreachableError,
    InternalHub,
    LocalRuntime,
    Outcome,
    Progress,
    RunFolder,
    Sandbox,
    Status,
    choose,
    prepare,
)
from researchfleet.local.testbeds import bundled_testbeds
from researchfleet.summary import Summary, said

NO_SANDBOX = (
    "warning: --sandbox none: agents are ordinary processes of yours. They can read labels, each other's files and the "
    "network; no score of this run is evidence."
)
# Ends that are no success, though the run is over.
FAILURES = {Reason.AGENTS_FAILED, Reason.FAILED_BY_POLICY}


def run(
    file: Annotated[Path, typer.Argument(help="A fleet, such as examples/quickstart.yaml.")],
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was drained, stopped or killed.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Move a run of the same name aside and begin anew.")] = False,
    again: Annotated[bool, typer.Option("--again", help="--resume if it is unfinished, --fresh if it is finished.")] = False,
    runs: Runs = DEFAULT,
    sandbox: Annotated[Sandbox, typer.Option(help="bwrap, or none: no protection at all.")] = Sandbox.BWRAP,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each event.")] = False,
    live: Annotated[bool, typer.Option("--live/--no-live", help="A picture that redraws itself, on a terminal.")] = True,
) -> None:
    """Run a fleet on this machine until its budget is used and its finalists are reproduced.

    Ctrl-C lets agents finish their experiment and ends; a second one ends at once; --resume goes on after either.
    Exit status: 0 finished, 1 all agents failed, 2 bad input, 3 cannot run here, 130 drained or stopped.
    """
    if resume + fresh + again > 1:
        fail("--resume, --fresh, --again: only one of them is allowed", Exit.BAD_INPUT)
    fleet = read(file)
    if again:
        resume, fresh = _as_it_stands(RunFolder(runs / fleet.fleet.metadata.name))
    home = find_home(fleet)
    try:
        folder = choose(runs, fleet.fleet.metadata.name, datetime.now(UTC), resume=resume, fresh=fresh)
    except CannotRunError as error:
        fail(str(error), Exit.BAD_INPUT)
    if sandbox is Sandbox.NONE:
        typer.echo(NO_SANDBOX, err=True)
    console = Console()
    view = _view(console, as_json=as_json, live=live)
    its = Run(fleet, folder, home, sandbox, view)
    try:
        outcome = asyncio.run(its.drive())
    except CannotRunError as error:
        view.close()
        fail(str(error), Exit.CANNOT_RUN)
    except KeyboardInterrupt:
        # Only while things are built: the runtime itself takes Ctrl-C as a wish to drain.
        raise typer.Exit(Exit.INTERRUPTED) from None
    finally:
        view.close()
    _end(its, outcome, console if not as_json else None)


class Run:
    """One run and what it leaves behind."""

    def __init__(self, file: FleetFile, folder: RunFolder, home: Home, sandbox: Sandbox, view: View) -> None:
        self.file = file
        self.folder = folder
        self.view = view
        self.summary: Summary | None = None
        self._home = home
        self._following = Following(view)
        self._runtime = LocalRuntime(file.fleet, folder.path, home, sandbox, self._changed, on_end=self._ended)

    @property
    def status(self) -> Status | None:
        """The newest there was."""
        return self._following.newest

    async def drive(self) -> Outcome:
        """Until the run ends; what it needs is built first."""
        await prepare(self.file.fleet.spec, self._home, self._prepared)
        async with self._following.ticking():
            return await self._runtime.run()

    def _prepared(self, progress: Progress) -> None:
        facts: dict[str, object] = {"done": progress.done, "total": progress.total, "what": progress.what}
        self.view.tell(Event(Kind.PREPARE, in_words(progress), facts))

    def _changed(self, status: Status) -> None:
        if self.status is None:
            # Now that the run is ours: the file as it was run.
            (self.folder.path / "fleet.yaml").write_text(self.file.text, encoding="utf-8")
        self._following.show(status)

    async def _ended(self, hub: InternalHub, status: Status) -> None:
        testbeds = {f"{name}@{one.digest}": one.manifest for name, one in bundled_testbeds(self._home.testbeds).items()}
        try:
            self.summary = await leave(self.folder.path, hub, status, testbeds)
        except (HubUnreachableError, HubRefusedError) as error:
            self.view.tell(Event(Kind.TROUBLE, f"no summary could be written: {error}"))


def _as_it_stands(folder: RunFolder) -> tuple[bool, bool]:
    """Whether to resume what is there, or to move it aside and begin anew; neither where nothing ever ran."""
    if not folder.book.exists():
        return False, False
    try:
        finished = Status.read(folder.status).finished is not None
    except FileNotFoundError:
        finished = False
    return not finished, finished


def _view(console: Console, *, as_json: bool, live: bool) -> View:
    if as_json:
        return JsonLines(sys.stdout)
    return Screen(console) if live and console.is_terminal else Lines(sys.stdout)


def _end(its: Run, outcome: Outcome, console: Console | None) -> None:
    """Tables and paths for people, one last line for programs; then the exit status."""
    summary, path = its.summary, its.folder.path
    if console and summary:
        console.print(results(summary))
        console.print(said.headline(summary), style="bold", highlight=False)
        for sentence in said.findings(summary):
            console.print(sentence, markup=False, highlight=False)
    facts: dict[str, object] = {"outcome": outcome.kind, "reason": outcome.reason}
    if summary:
        facts |= {"best_pgr": summary.best.pgr.value if summary.best else None}
        facts |= {"report": str(path / REPORT), "summary": str(path / SUMMARY)}
    its.view.tell(Event(Kind.ENDED, f"{outcome.kind}: {outcome.reason}", facts))
    if console and summary:
        typer.echo(f"report   {path / REPORT}\nsummary  {path / SUMMARY}")
    if outcome.kind != "finished":
        where = "" if path.parent == DEFAULT else f" --runs {path.parent}"
        typer.echo(f"go on with it: researchfleet run {its.file.path}{where} --resume", err=True)
        raise typer.Exit(Exit.INTERRUPTED)
    if its.status and its.status.condition("Finished").reason in FAILURES:
        raise typer.Exit(Exit.FAILED)
