"""`researchfleet testbed build | check | show`."""

from pathlib import Path
from typing import Annotated

import typer
from researchfleet_core.testbed import Testbed, TestbedError
from rich.console import Console

from researchfleet.testbed import folder
from researchfleet.testbed.build import build
from researchfleet.testbed.ceiling import Snapshot
from researchfleet.testbed.check import check
from researchfleet.testbed.places import read_yaml
from researchfleet.testbed.show import render
from researchfleet.testbed.spec import read_spec

app = typer.Typer(help="Build, check and show testbeds (docs/testbeds.md).", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The folder of a testbed.")]
