"""Numbers and foreign text as people read them, the same in the terminal and in the report."""

import unicodedata
from datetime import datetime
from math import floor, log10

from researchfleet_core.api.quantities import NANO
from researchfleet_core.wire.evaluation import Interval

# USD; less than this is no sum that anybody compares.
LEAST = 0.00001

# Controls, formats (bidirectional overrides, zero-width), surrogates, private use, line and paragraph separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def visible(text: str) -> str:
    """Foreign text with every character that hides, turns or moves other text written out as \\uXXXX; newlines stay."""
    return "".join(c if c == "\n" or unicodedata.category(c) not in _UNSEEN else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if character == "\t":
        return "    "
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def line(text: str, width: int = 0) -> str:
    """Foreign text on one line, shortened to `width` characters when that is not 0."""
    flat = " ".join(visible(text).split())
    return flat if not width or len(flat) <= width else f"{flat[: width - 1].rstrip()}…"


def number(value: float | None) -> str:
    """A PGR or accuracy with two decimals; `-` when there is none. Never "-0.00"."""
    return "-" if value is None else f"{round(value, 2) + 0:.2f}"


def interval(of: Interval | None) -> str:
    """`0.61 [0.47, 0.76]`; `-` when there is none."""
    return "-" if of is None else f"{number(of.value)} [{number(of.low)}, {number(of.high)}]"


def usd(nano: float) -> str:
    """USD from nano-USD, with as many decimals as a small sum needs: 12.30, 0.0071, 0.000012."""
    return dollars(nano / NANO)


def dollars(amount: float) -> str:
    """USD, not negative: two decimals from a dime on, two significant digits below, nothing finer than LEAST."""
    if amount == 0 or amount >= 0.1:
        return f"{amount:,.2f}"
    if amount < LEAST:
        return f"<{LEAST:.5f}"
    return f"{amount:.{1 - floor(log10(amount))}f}"


def duration(seconds: float) -> str:
    """`45s`, `2m 30s`, `1h 05m`, `4d 3h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600}h"


def since(start: datetime, moment: datetime) -> str:
    """How long after `start`."""
    return duration((moment - start).total_seconds())


def hours(value: float) -> str:
    """Hours with as many decimals as a short run needs."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def short(digest: str) -> str:
    """The first 12 hexadecimal digits of a digest, enough to find it."""
    return digest.removeprefix("sha256:")[:12]


def count(number: int, thing: str) -> str:
    """`1 agent`, `3 agents`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
