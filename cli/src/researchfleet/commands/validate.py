"""`researchfleet validate FILE...`"""

from pathlib import Path
from typing import Annotated

import typer
from researchfleet_core.api import ResearchFleet

from researchfleet.commands.failing import Exit, fail
from researchfleet.fleetfile import FleetFileError, read_fleet
from researchfleet.summary import words
from researchfleet.summary.build import named


def validate(files: Annotated[list[Path], typer.Argument(help="Files to check, each one ResearchFleet.")]) -> None:
    """Check fleet files without running anything; every error is named with file, line, field, value and what is allowed."""
    errors = []
    for path in files:
        try:
            typer.echo(f"{path}: ok, {described(read_fleet(path).fleet)}")
        except FleetFileError as error:
            errors.append(str(error))
    if errors:
        fail("\n".join(errors), Exit.BAD_INPUT)


def described(fleet: ResearchFleet) -> str:
    """A fleet in one line: what a person wants to be sure of before it runs."""
    spec = fleet.spec
    agents = words.count(spec.agents.replicas, "agent")
    limits = [f"{spec.budget.usd} USD" if spec.budget.usd else "", spec.budget.deadline or ""]
    budget = ", ".join(limit for limit in limits if limit) or "no limit of money or time"
    return (
        f"fleet {fleet.metadata.name}: {agents} of {spec.agents.researcher}, {spec.directions.mode.lower()}, "
        f"on {named(spec.problem.testbed)}; {budget}"
    )
