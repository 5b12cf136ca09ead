"""The frame that charts of PGR over time share: axes, grid, and the lines a PGR is read against."""

from dataclasses import dataclass

from markupsafe import Markup

from researchfleet.report import svg
from researchfleet.report.scale import Scale, of_pgr, pgr_ticks, time_ticks, time_unit

TOP, BOTTOM, LEFT = 14, 34, 34


@dataclass(frozen=True)
class Frame:
    """Where things are drawn. across: seconds since the start; up: PGR."""

    width: float
    height: float
    across: Scale
    up: Scale
    span: float


def frame(width: float, height: float, span: float, values: list[float], right: float) -> Frame:
    """A frame of `width` x `height` for `span` seconds and the values, with `right` pixels left for names of lines."""
    span = max(span, 1)
    return Frame(
        width=width,
        height=height,
        across=Scale(0, span, LEFT, width - right),
        up=of_pgr(values, height - BOTTOM, TOP),
        span=span,
    )


def axes(of: Frame, *, ticks: int = 7) -> Markup:
    """Grid, ticks and the name of the time axis."""
    parts = []
    left, right = of.across.start, of.across.end
    for value in pgr_ticks(of.up):
        y = of.up(value)
        parts += [svg.line(left, y, right, y, "grid"), svg.text(left - 6, y + 3.5, f"{value:.1f}", "tick", "end")]
    base = of.up.start
    for moment, words in time_ticks(of.span, ticks):
        x = of.across(moment)
        parts += [svg.line(x, base, x, base + 4, "axis"), svg.text(x, base + 15, words, "tick", "middle")]
    parts.append(svg.line(left, base, right, base, "axis"))
    parts.append(svg.text(right, base + 29, f"time since start, {time_unit(of.span)}", "tick", "end"))
    return Markup("").join(parts)


def references(of: Frame, human: float, *, named: bool) -> Markup:
    """Lines at 0 (weak teacher), the human PGR and 1 (ceiling), each with its own dashes, named at the right."""
    parts = []
    for value, kind, words in ((0.0, "weak", "weak 0"), (human, "human", f"human {human:g}"), (1.0, "ceiling", "ceiling 1")):
        y = of.up(value)
        parts.append(svg.line(of.across.start, y, of.across.end, y, f"ref {kind}"))
        if named:
            parts.append(svg.text(of.across.start + 5, y - 4, words, f"refname {kind}"))
    return Markup("").join(parts)
