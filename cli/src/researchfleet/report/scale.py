"""From numbers to pixels, and the round numbers to write beside an axis."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

# Worse than this a method is simply broken; drawn further out it would squeeze all others into a line.
LOWEST, HIGHEST = -0.6, 1.4
STEPS_OF_TIME = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True)
class Scale:
    """`low` is drawn at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where `value` is drawn; beyond the ends at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether `value` is drawn where it is, not at an end."""
        return self.low <= value <= self.high


def of_pgr(values: Iterable[float], start: float, end: float) -> Scale:
    """Weak (0), ceiling (1) and the values, as far as they are worth seeing."""
    seen = [0.0, 1.0, *values]
    low = max(LOWEST, floor(min(seen) * 5) / 5)
    high = min(HIGHEST, ceil(max(seen) * 5) / 5)
    return Scale(low, high, start, end)


def pgr_ticks(scale: Scale) -> list[float]:
    """Every 0.2, every 0.5 on a wide scale."""
    step = 0.2 if scale.high - scale.low <= 1.4 else 0.5
    first = ceil(scale.low / step - 1e-9)
    return [round(step * i, 1) for i in range(first, floor(scale.high / step + 1e-9) + 1)]


def time_ticks(seconds: float, most: int = 7) -> list[tuple[float, str]]:
    """Moments of a span of `seconds` with what to call them: `0:30` (min:s), `1:30` (h:min) or `2 d`."""
    step: float = next((step for step in STEPS_OF_TIME if seconds / step <= most), 0)
    if not step:
        step = 86_400 * 10 ** ceil(log10(max(seconds, 1) / 86_400 / most))
    return [(moment, clock(moment, seconds)) for moment in (step * i for i in range(int(seconds // step) + 1))]


def clock(moment: float, span: float) -> str:
    """A moment after the start, in the unit that suits the span."""
    whole = round(moment)
    if span <= 3 * 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if span <= 2 * 86_400:
        return f"{whole // 3600}:{whole % 3600 // 60:02}"
    return f"{moment / 86_400:g} d"


def time_unit(span: float) -> str:
    """What `clock` counts in."""
    return "min:s" if span <= 3 * 3600 else "h:min" if span <= 2 * 86_400 else "days"


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """The places moved apart to at least `gap`, in their order, within low and high, so that labels do not overlap."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [0.0] * len(places)
    last = low - gap
    for i in order:
        last = moved[i] = max(places[i], last + gap)
    last = high + gap
    for i in reversed(order):
        last = moved[i] = min(moved[i], last - gap)
    return moved
