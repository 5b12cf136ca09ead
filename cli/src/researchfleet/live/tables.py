"""A run's scores as tables for the terminal."""

from collections.abc import Iterator, Sequence
from itertools import count
from string import ascii_uppercase

from researchfleet_core.wire.evaluation import ExperimentScore, FleetScores, Reproduction, Variation
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from researchfleet.summary import Summary, said, words
from researchfleet.summary.finalist import testbed_name, verdict

_CHANGED = {Variation.SHUFFLED_LABELS: "labels shuffled", Variation.RANDOM_STUDENT: "student random"}
_STYLE = {"good": "green", "bad": "red", "open": "yellow"}


def results(of: Summary) -> RenderableType:
    """What a person sees at the end of a run: finalists, the transfer table of each, what it cost."""
    parts: list[RenderableType] = [finalists(of.reproductions)]
    parts += [transfer_table(one) for one in of.reproductions if one.conditions]
    return _apart([*parts, cost(of)])


def leaderboard(scores: FleetScores, most: int) -> RenderableType:
    """Finalists, then the best experiments by rank PGR. For people: agents never see this order."""
    parts: list[RenderableType] = [finalists(scores.reproductions)] if scores.reproductions else []
    return _apart([*parts, experiments(scores.experiments, most)])


def _apart(parts: Sequence[RenderableType]) -> RenderableType:
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def finalists(reproductions: Sequence[Reproduction]) -> RenderableType:
    """Dev, rank and reproduced PGR side by side; below, what each is and whether it counts."""
    if not reproductions:
        return Text("No finalist was chosen: nothing was reproduced, so there is no result.")
    table = _table("Finalists, PGR", "", "agent", "dev >", "rank >", "reproduced >")
    below: list[RenderableType] = []
    for letter, one in zip(_letters(), sorted(reproductions, key=_worth, reverse=True), strict=False):
        its = verdict(one)
        scores = (words.interval(one.dev), words.interval(one.rank), Text(words.interval(one.reproduced), "bold"))
        table.add_row(letter, one.agent, *scores)
        text = Text.assemble(f"{letter}  {words.line(one.title, 80)} ({one.family}): ", (its.words, _STYLE[its.kind]))
        below.append(text)
    return Group(table, *below)


def _worth(one: Reproduction) -> tuple[bool, float]:
    return bool(one.ranked), one.reproduced.value if one.reproduced else float("-inf")


def _letters() -> Iterator[str]:
    yield from ascii_uppercase
    yield from (str(number) for number in count(27))


def experiments(scores: Sequence[ExperimentScore], most: int) -> RenderableType:
    """The best finished experiments by rank PGR, one line a snapshot: its experiments are scored together."""
    best: dict[str, ExperimentScore] = {}
    for one in sorted((one for one in scores if one.rank), key=lambda one: one.rank.value if one.rank else 0, reverse=True):
        best.setdefault(one.snapshot, one)
    if not best:
        return Text("No experiment has been scored yet.")
    table = _table("Experiments by rank PGR", " >", "agent", "rank >", "dev >", "family", "experiment")
    for place, one in enumerate(list(best.values())[:most], start=1):
        scored = (words.interval(one.rank), words.number(one.dev.value if one.dev else None))
        table.add_row(str(place), one.agent, *scored, one.family, Text(words.line(one.title)))
    table.expand = True
    for column in table.columns:
        column.no_wrap = True
    table.columns[-1].ratio, table.columns[-1].overflow = 1, "ellipsis"
    left = len(best) - most
    return Group(table, Text(f"{left} more: --all", "dim")) if left > 0 else table


def transfer_table(one: Reproduction) -> RenderableType:
    """A finalist on every testbed and student that it was run with; what was changed so that it must fall stands last."""
    title = f"Transfer of {words.line(one.title, 60)} ({one.agent})"
    table = _table(title, "testbed", "student", "PGR >", "runs >", "must fall")
    for score in one.conditions:
        real = score.variation is Variation.NONE
        failed = f", {score.failed} failed" if score.failed else ""
        pgr = Text(words.interval(score.pgr), "bold" if real else "dim")
        changed = _CHANGED.get(score.variation, "")
        table.add_row(testbed_name(score.target), score.student, pgr, f"{score.runs}{failed}", Text(changed, "dim"))
    return table


def cost(of: Summary) -> RenderableType:
    """Money by kind, and the price of an agent-hour beside the study's."""
    its = of.ledger
    table = _table("Cost", "kind", "USD >")
    for kind, nano in its.usd_nano.items():
        table.add_row(kind, words.usd(nano))
    table.add_row(Text("together", "bold"), Text(words.usd(sum(its.usd_nano.values())), "bold"))
    return Group(table, Text(said.cost(of)))


def _table(title: str, *columns: str) -> Table:
    """A column whose name ends in `>` is aligned to the right."""
    table = Table(title=Text(title, "bold"), title_justify="left", caption_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in columns:
        right = name.endswith(">")
        table.add_column(
            name.removesuffix(">").strip(), justify="right" if right else "left", no_wrap=True, header_style="dim"
        )
    return table
