"""A finalist's numbers side by side: dev, rank, reproduced, and the two counterfactuals that must fall."""

from dataclasses import dataclass

from markupsafe import Markup
from researchfleet_core.wire.evaluation import ConditionScore, Interval, Reproduction, Variation

from researchfleet.report import svg
from researchfleet.report.marks import Look, mark
from researchfleet.report.scale import Scale, of_pgr, pgr_ticks
from researchfleet.summary import Summary, words
from researchfleet.summary.finalist import counterfactual

WIDTH, ROW, LEFT = 440, 30, 112
REPRODUCED, MUST_FALL = Look("square", "c3"), Look("cross", "muted")


@dataclass(frozen=True)
class Line:
    """One line of the drawing and of its table."""

    name: str
    meaning: str
    pgr: Interval | None
    look: Look


def lines(summary: Summary, one: Reproduction) -> list[Line]:
    """What the drawing shows, the most trusted number last but for the counterfactuals."""
    shuffled, random = (
        counterfactual(one, summary.problem.testbed, variation)
        for variation in (Variation.SHUFFLED_LABELS, Variation.RANDOM_STUDENT)
    )
    return [
        Line("dev", "on rows whose score agents were told, bounded", one.dev, Look("diamond", "c5")),
        Line("rank", "same submissions, on rows that never answered", one.rank, Look("circle", "c1")),
        Line("reproduced", "run anew on sealed rows, fresh teachers and seeds", one.reproduced, REPRODUCED),
        Line("shuffled labels", "reproduced with the weak labels shuffled: must fall", shuffled, MUST_FALL),
        Line("random student", "reproduced with random weights: must fall", random, MUST_FALL),
    ]


def drawing(summary: Summary, one: Reproduction) -> Markup:
    """The lines as points with intervals on one PGR axis, the same for all finalists."""
    rows = lines(summary, one)
    drawn = [row.pgr for each in summary.reproductions for row in lines(summary, each) if row.pgr]
    values = [value for pgr in drawn for value in (pgr.low, pgr.high)]
    across = of_pgr(values, LEFT, WIDTH - 16)
    base = 18 + ROW * len(rows)
    parts: list[Markup] = []
    for value in pgr_ticks(across):
        x = across(value)
        parts += [svg.line(x, 12, x, base, "grid"), svg.text(x, base + 15, f"{value:.1f}", "tick", "middle")]
    for value, kind in _references(summary):
        parts.append(svg.line(across(value), 12, across(value), base, f"ref {kind}"))
    parts.append(
        svg.text(across(summary.study.human_pgr), 9, f"human {summary.study.human_pgr:g}", "refname human", "middle")
    )
    for number, row in enumerate(rows):
        parts += _row(row, across, 18 + ROW * (number + 0.5))
    said = "; ".join(f"{row.name} {words.interval(row.pgr)}" for row in rows)
    return svg.drawing(WIDTH, base + 22, f"PGR of {words.line(one.title, 80)}", said, *parts)


def _row(row: Line, across: Scale, y: float) -> list[Markup]:
    parts = [svg.text(LEFT - 12, y + 4, row.name, "rowname", "end")]
    if row.pgr is None:
        return [*parts, svg.text(across.start + 6, y + 4, "not run", "tick")]
    parts.append(svg.line(across(row.pgr.low), y, across(row.pgr.high), y, f"whisker {row.look.colour}"))
    parts.append(mark(across(row.pgr.value), y, row.look, 5.5, words=f"{row.name} {words.interval(row.pgr)}"))
    if not across.holds(row.pgr.value):
        low = row.pgr.value < across.low
        x, anchor = (across(row.pgr.high) + 10, "start") if low else (across(row.pgr.low) - 10, "end")
        parts.append(svg.text(x, y + 4, f"{words.number(row.pgr.value)}, off scale", "tick", anchor))
    return parts


def strip(summary: Summary, score: ConditionScore) -> Markup:
    """A transfer table's interval as a small drawing; all have the same scale, from -0.2 to 1."""
    across = Scale(-0.2, 1.0, 6, 144)
    parts = [svg.line(across(value), 1, across(value), 15, f"ref {kind}") for value, kind in _references(summary)]
    if score.pgr:
        its = REPRODUCED if score.variation is Variation.NONE else MUST_FALL
        parts.append(svg.line(across(score.pgr.low), 8, across(score.pgr.high), 8, f"whisker {its.colour}"))
        parts.append(mark(across(score.pgr.value), 8, its, 4))
    return svg.drawing(150, 16, "PGR", words.interval(score.pgr), *parts, class_="strip")


def _references(summary: Summary) -> tuple[tuple[float, str], ...]:
    return (0.0, "weak"), (summary.study.human_pgr, "human"), (1.0, "ceiling")
