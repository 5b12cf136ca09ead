"""Marks that tell series apart by shape and colour together, never by colour alone."""

from dataclasses import dataclass

from markupsafe import Markup

from researchfleet.report.svg import el

# Classes of style.css; colours after Okabe and Ito, told apart by colour-blind readers.
COLOURS = ("c1", "c2", "c3", "c4", "c5", "c6")
SHAPES = ("circle", "square", "triangle", "diamond", "cross")


@dataclass(frozen=True)
class Look:
    """Of one series."""

    shape: str
    colour: str


def look(number: int) -> Look:
    """Of series `number`: 6 colours and 5 shapes have no common divisor, so 30 series differ."""
    return Look(SHAPES[number % len(SHAPES)], COLOURS[number % len(COLOURS)])


def mark(x: float, y: float, look: Look, size: float = 4.5, *, hollow: bool = False, words: str = "") -> Markup:
    """One mark at a point; `words` are shown when it is pointed at."""
    class_ = f"mark {look.colour}{' hollow' if hollow else ''}"
    inner = [el("title", words)] if words else []
    if look.shape == "circle":
        return el("circle", *inner, cx=x, cy=y, r=size, class_=class_)
    if look.shape == "square":
        side = size * 0.9
        return el("rect", *inner, x=x - side, y=y - side, width=2 * side, height=2 * side, class_=class_)
    return el("path", *inner, d=_path(look.shape, x, y, size), class_=class_)


def _path(shape: str, x: float, y: float, size: float) -> str:
    s, t = size * 1.2, size * 0.4
    points = {
        "triangle": [(0, -s), (s, 0.8 * s), (-s, 0.8 * s)],
        "diamond": [(0, -s), (s, 0), (0, s), (-s, 0)],
        "cross": [
            (-t, -s),
            (t, -s),
            (t, -t),
            (s, -t),
            (s, t),
            (t, t),
            (t, s),
            (-t, s),
            (-t, t),
            (-s, t),
            (-s, -t),
            (-t, -t),
        ],
    }[shape]
    return "M" + "L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in points) + "Z"
