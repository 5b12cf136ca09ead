"""`researchfleet testbed show`: a testbed as a table."""

from researchfleet_core.testbed import Interval, Testbed
from rich.console import Group, RenderableType
from rich.table import Table


def render(testbed: Testbed) -> RenderableType:
    """What it is, how many rows its parts have, and its baselines."""
    manifest = testbed.manifest
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("version", testbed.version),
        ("use", manifest.use.value),
        ("question", manifest.task.question),
        ("source", f"{manifest.source.title} ({manifest.source.licence})"),
        ("teachers", f"{manifest.teachers.model}, {manifest.teachers.labels} labels each"),
        ("ceiling", f"{manifest.recipe.fit}: " + ", ".join(f"{k} {v}" for k, v in manifest.recipe.parameters.items())),
        ("rows", "; ".join(f"{folder}: pool {len(part.pool)}, test {len(part.test)}" for folder, part in testbed.parts())),
    ):
        facts.add_row(f"[bold]{name}[/bold]", value)
    baselines = Table(
        "student", "slice", "rows", "weak teacher", "ceiling", "gap", title="accuracy [95 % interval]", title_justify="left"
    )
    for one in manifest.baselines:
        part = testbed.sealed if testbed.agent is None or one.slice == "sealed" else testbed.agent
        rows = len(part.rows_of(one.slice))
        baselines.add_row(
            one.student, one.slice.value, str(rows), _interval(one.weak), _interval(one.ceiling), _interval(one.gap)
        )
    return Group(facts, "", baselines)


def _interval(value: Interval) -> str:
    return f"{value.mean:.3f} \\[{value.low:.3f}, {value.high:.3f}]"
