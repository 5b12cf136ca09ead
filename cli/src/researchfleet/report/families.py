"""Which families of methods were tried when, and how diverse the fleet's findings were."""

from datetime import datetime

from markupsafe import Markup
from researchfleet_core.families import Family

from researchfleet.report import svg
from researchfleet.report.marks import look, mark
from researchfleet.report.over_time import shown_agents
from researchfleet.report.scale import Scale, time_ticks, time_unit
from researchfleet.summary import Summary, words

WIDTH, LEFT, RIGHT, ROW = 760, 168, 46, 24


def tried(summary: Summary) -> Markup:
    """A line a family, a mark an experiment at the time it was registered, shaped as its agent; counts at the right."""
    counts = summary.diversity.counts
    seen = sorted(counts, key=lambda family: (-counts[family], family))
    across = _across(summary)
    base = 10 + ROW * max(1, len(seen))
    agents = {agent.uid: number for number, agent in enumerate(shown_agents(summary))}
    parts: list[Markup] = []
    for number, family in enumerate(seen):
        y = 10 + ROW * (number + 0.5)
        parts += [svg.line(LEFT, y, across.end, y, "grid"), svg.text(LEFT - 12, y + 4, family, "rowname", "end")]
        parts.append(svg.text(across.end + 14, y + 4, str(counts[family]), "tick"))
        for one in summary.experiments:
            if one.family is family and one.agent_uid in agents:
                said = f"{one.agent}: {words.line(one.title, 80)}"
                parts.append(mark(across(_at(summary, one.registered)), y, look(agents[one.agent_uid]), 4, words=said))
    said = ", ".join(f"{family} {counts[family]}" for family in seen) or "no experiment"
    return svg.drawing(
        WIDTH, base + 34, "Families of methods over time", said, *parts, *_time_axis(summary, across, base), class_="wide"
    )


def entropy(summary: Summary) -> Markup:
    """Diversity of the last findings over time, in bits, under its maximum."""
    its = summary.diversity
    height, top = 132, 12
    across, up = _across(summary), Scale(0, its.maximum_bits, height - 34, top)
    parts = [svg.text(LEFT - 12, up(value) + 4, f"{value:g} bits", "rowname", "end") for value in (0, 1, 2, 3)]
    parts += [svg.line(LEFT, up(value), across.end, up(value), "grid") for value in (0, 1, 2, 3)]
    parts.append(svg.line(LEFT, up.end, across.end, up.end, "ref ceiling"))
    parts.append(
        svg.text(across.end, up.end - 3, f"all {len(Family)} families equally: {its.maximum_bits:.2f}", "tick", "end")
    )
    points = [(across(_at(summary, point.at)), up(point.bits)) for point in its.over_time]
    if points:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts += [
            svg.el("path", d=path, class_="line c1"),
            svg.text(points[-1][0] + 6, points[-1][1] + 4, f"{its.bits:.2f}", "name"),
        ]
    said = f"{its.bits:.2f} bits at the end, {its.effective:.1f} equally used families."
    axis = _time_axis(summary, across, up.start)
    return svg.drawing(WIDTH, height, "Entropy of the findings over time", said, *parts, *axis, class_="wide")


def _span(summary: Summary) -> float:
    end = summary.times.research_ended or summary.times.written
    return max(1.0, (end - summary.times.started).total_seconds())


def _at(summary: Summary, moment: datetime) -> float:
    return (moment - summary.times.started).total_seconds()


def _across(summary: Summary) -> Scale:
    return Scale(0, _span(summary), LEFT, WIDTH - RIGHT)


def _time_axis(summary: Summary, across: Scale, y: float) -> list[Markup]:
    span = _span(summary)
    parts = [svg.line(across.start, y, across.end, y, "axis")]
    for moment, said in time_ticks(span):
        parts += [
            svg.line(across(moment), y, across(moment), y + 4, "axis"),
            svg.text(across(moment), y + 15, said, "tick", "middle"),
        ]
    parts.append(svg.text(across.end, y + 29, f"time since start, {time_unit(span)}", "tick", "end"))
    return parts
