"""The one drawing at the top: the best reproduced PGR on the line from weak teacher to ceiling."""

from markupsafe import Markup

from researchfleet.report import svg
from researchfleet.report.marks import Look, mark
from researchfleet.report.scale import Scale, spread
from researchfleet.summary import Summary, words
from researchfleet.summary.model import Best

WIDTH, HEIGHT, LINE = 480, 118, 62


def drawing(summary: Summary, best: Best) -> Markup:
    """Weak teacher 0, people 0.23, this run with its interval, the study's fleet 0.97, ceiling 1."""
    reach = [0.0, 1.0, best.pgr.low, best.pgr.high]
    across = Scale(max(-0.6, min(reach) - 0.04), min(1.5, max(reach) + 0.06), 36, WIDTH - 30)
    parts = [svg.line(across.start, LINE, across.end, LINE, "axis")]
    below = [(0.0, "weak teacher 0"), (1.0, "ceiling 1")]
    above = [
        (summary.study.human_pgr, f"people, study {words.number(summary.study.human_pgr)}"),
        (summary.study.directed_pgr, f"fleet, study {words.number(summary.study.directed_pgr)}"),
    ]
    for value, said in below:
        x = across(value)
        parts += [svg.line(x, LINE - 8, x, LINE + 8, "bound"), svg.text(x, LINE + 24, said, "tick", "middle")]
    places = spread([across(value) for value, _ in above], 120, across.start + 20, across.end - 24)
    for (value, said), place in zip(above, places, strict=True):
        x = across(value)
        parts.append(svg.el("path", d=f"M{x:.1f} {LINE - 7}V{LINE - 14}L{place:.1f} {LINE - 22}", class_="leader"))
        parts += [mark(x, LINE, Look("diamond", "muted"), 5), svg.text(place, LINE - 27, said, "tick", "middle")]
    low, high, at = across(best.pgr.low), across(best.pgr.high), across(best.pgr.value)
    parts.append(svg.el("rect", x=low, y=LINE - 5, width=max(1, high - low), height=10, rx=5, class_="span"))
    parts.append(mark(at, LINE, Look("circle", "c1"), 8))
    # Below the line, and lower still where the names of its ends stand.
    parts.append(svg.text(at, LINE + 46, f"this run {words.interval(best.pgr)}", "name strong", "middle"))
    parts.append(svg.line(at, LINE + 10, at, LINE + 33, "leader"))
    said = f"This run's best reproduced PGR is {words.interval(best.pgr)}."
    return svg.drawing(WIDTH, HEIGHT, "Where the result lies between weak teacher and ceiling", said, *parts, class_="hero")
