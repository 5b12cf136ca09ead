"""The picture as a table that a terminal redraws."""

from researchfleet_core.families import MAX_ENTROPY_BITS
from researchfleet_core.wire.sync import Verdict
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from researchfleet.live.events import spent
from researchfleet.live.picture import Picture
from researchfleet.summary import study, words

# Lines beside the agents' own; a terminal that is too low shows fewer agents, never a table that scrolls.
OTHER_LINES = 12
DRAIN = "Ctrl-C: finish the experiments at hand and stop; once more: stop at once"
STOP = "the experiments at hand are being finished; Ctrl-C: stop at once"


def draw(of: Picture, height: int, *, keys: bool = False) -> RenderableType:
    """All that a person sees of a fleet on a terminal of `height` lines. keys: say what Ctrl-C does."""
    parts = [_head(of), _agents(of, max(3, height - OTHER_LINES - len(of.reproductions))), *_foot(of)]
    return Group(*parts, Text(STOP if of.stopping else DRAIN, "dim")) if keys else Group(*parts)


def _head(of: Picture) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    left = f", {words.duration(of.left)} left" if of.left is not None else ""
    stopping = "stopping, " if of.stopping else ""
    grid.add_row(Text(of.fleet, "bold"), Text(f"{stopping}{of.phase}, {words.duration(of.elapsed)}{left}"))
    grid.add_row(Text("best PGR"), _best(of))
    grid.add_row(Text("spent"), _money(of))
    diversity = f"{of.entropy_bits:.2f} of {MAX_ENTROPY_BITS:.2f} bits over the last findings"
    grid.add_row(Text("diversity"), Text(diversity))
    grid.add_row(Text("so far"), Text(f"{words.count(of.experiments, 'experiment')}, {words.count(of.findings, 'finding')}"))
    return grid


def _best(of: Picture) -> Text:
    text = Text(f"{words.number(of.best_pgr)} reproduced", "bold green" if of.best_pgr is not None else "")
    if rank := of.best_rank:
        text.append(f", {words.number(rank.rank)} rank by {rank.name}", "")
    return text.append(f"   (people in the study: {study.HUMAN_PGR:g})", "dim")


def _money(of: Picture) -> Text:
    limit = f" of {words.usd(of.budget_nano)}" if of.budget_nano is not None else ""
    price = of.ledger.usd_per_agent_hour
    hourly = f", {words.dollars(price)} USD an agent-hour" if price is not None else ""
    style = {Verdict.OPEN: "", Verdict.SOFT: "yellow", Verdict.HARD: "bold yellow"}[of.verdict]
    reached = f"   budget.{of.limit}: {of.verdict}" if of.verdict is not Verdict.OPEN else ""
    return Text(f"{words.usd(spent(of))}{limit} USD{hourly}").append(reached, style)


def _agents(of: Picture, most: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), expand=True, header_style="dim", show_edge=False)
    table.add_column("agent", no_wrap=True)
    table.add_column("direction", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("doing", ratio=4, no_wrap=True, overflow="ellipsis")
    for name in ("exp.", "told", "rank", "USD"):
        table.add_column(name, justify="right", no_wrap=True)
    best = of.best_rank
    for agent in of.agents[:most]:
        table.add_row(
            Text(agent.name, "" if agent.runs else "dim"),
            Text(words.line(agent.direction), "dim"),
            Text(words.line(agent.doing), "" if agent.runs else "dim"),
            str(agent.experiments),
            words.number(agent.told),
            Text(words.number(agent.rank), "bold" if best is agent else ""),
            words.usd(agent.spent_nano),
        )
    if len(of.agents) > most:
        table.add_row(Text(f"and {len(of.agents) - most} more", "dim"))
    return table


def _foot(of: Picture) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for one in of.reproductions:
        verdict = "" if one.ranked is None else ", counts" if one.ranked else ", does not count"
        pgr = f", PGR {words.number(one.pgr)}" if one.pgr is not None else ""
        text = f"reproduction {one.state}, {one.delivered} of {one.runs} runs{pgr}{verdict}: {words.line(one.title)}"
        lines.append(Text(text, no_wrap=True, overflow="ellipsis"))
    lines += [Text(words.line(trouble), "bold red") for trouble in of.troubles]
    return lines
