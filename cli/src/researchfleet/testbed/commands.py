"""`researchfleet testbed build | check | show`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from researchfleet_core.testbed import Testbed, TestbedError
from rich.console import Console

from researchfleet.testbed import folder
from researchfleet.testbed.build import build
from researchfleet.testbed.ceiling import AgentPython
from researchfleet.testbed.check import check
from researchfleet.testbed.places import read_yaml
from researchfleet.testbed.show import render
from researchfleet.testbed.spec import read_spec

app = typer.Typer(help="Build, check and show testbeds (docs/testbeds.md).", no_args_is_help=True)

Folders = Annotated[list[Path], typer.Argument(help="Folders of testbeds.")]


@app.command("build")
def build_command(
    spec: Annotated[
        Path, typer.Argument(help="What to build, a YAML file (docs/testbeds.md).", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="The testbed becomes OUT/<name>; what is there is replaced.")] = Path("testbeds"),
    agent_python: Annotated[Path, typer.Option(help="The Python of an agent environment; it trains the ceilings.")] = Path(
        sys.executable
    ),
    students: Annotated[
        Path | None, typer.Option(help="Folder of student models by name; made when absent. Default: a temporary one.")
    ] = None,
) -> None:
    """Make a testbed from labelled rows, check it, show it. One that check refuses is not written."""
    with _errors(), TemporaryDirectory(prefix="researchfleet-students-") as scratch:
        wanted = read_spec(spec)
        trainer = AgentPython(agent_python, students or Path(scratch) / "students")
        files = build(wanted, trainer, lambda line: typer.echo(line, err=True))
        testbed = Testbed.from_files(files, read_yaml)
        Console().print(render(testbed))
        check(testbed)
        folder.write(out / wanted.name, files)
        typer.echo(f"{out / wanted.name}: {testbed.version}")


@app.command("check")
def check_command(folders: Folders) -> None:
    """Prove that no label is in the agents' part and that PGR means something; exit status 1 if not."""
    for path in folders:
        with _errors():
            testbed = folder.load(path)
            check(testbed)
            typer.echo(f"{path}: ok, {testbed.version}")


@app.command("show")
def show_command(folders: Folders) -> None:
    """Print what testbeds are and their baselines."""
    for path in folders:
        with _errors():
            Console().print(render(folder.load(path)))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except TestbedError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
