"""SVG elements as safe text: whatever comes from a run is escaped."""

from markupsafe import Markup, escape

Attribute = str | float | None


def el(name: str, *children: str, **attributes: Attribute) -> Markup:
    """One element. `class_` is class, `stroke_width` is stroke-width; numbers get one decimal, None is left out."""
    pairs = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _text(value))
        for key, value in attributes.items()
        if value is not None
    ]
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), Markup("").join(pairs), inner)  # noqa: S704 - names are ours


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    """Words at a point; anchor: start, middle or end."""
    return el("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def drawing(width: float, height: float, title: str, description: str, *children: str, class_: str = "") -> Markup:
    """A drawing with a name and a description for those who cannot see it. It takes the width that its place gives."""
    return el(
        "svg",
        el("title", title),
        el("desc", description),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_=class_ or None,
    )
