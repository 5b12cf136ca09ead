"""Money, hours and durations as people write them in YAML, and as numbers inside."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

NANO = 1_000_000_000

_DECIMAL = re.compile(r"^[0-9]{1,9}(\.[0-9]{1,9})?$")
_MOST = 999_999_999
# Hours are the largest unit, as in Go and in the API server's own rules: five days are "120h".
_DURATION = re.compile(r"^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$")
_SECONDS = {"h": 3_600, "m": 60, "s": 1}


def _decimal(value: object) -> str:
    # A YAML float such as 0.1 has lost its decimals already; int and quoted text have not.
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(
            f'{value!r} is not allowed (a whole number, or one in quotes with at most 9 decimals such as "1.50")'
        )
    return text


def _duration(value: object) -> str:
    if not isinstance(value, str) or not value or not _DURATION.fullmatch(value):
        raise ValueError(f'{value!r} is not allowed (a duration such as "90s", "3m", "1h30m" or "120h")')
    return value


# At most 9 decimals, so that a sum of money is a whole number of nano-USD.
Amount = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema({"x-kubernetes-int-or-string": True, "minimum": 0, "maximum": _MOST, "pattern": _DECIMAL.pattern}),
]
Duration = Annotated[
    str,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "minLength": 1, "maxLength": 21}),
]


def nano(amount: str) -> int:
    """`amount` (an Amount) in billionths: "1.50" USD is 1_500_000_000 nano-USD, exactly."""
    return int(Decimal(amount) * NANO)


def seconds(duration: str) -> timedelta:
    """`duration` (a Duration) as a timedelta: "1h30m" is 5,400 s."""
    found = re.findall(r"([0-9]+)([hms])", duration)
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in found))


def usd(nano_usd: int, decimals: int = 2) -> str:
    """Nano-USD for people: 1_500_000_000 is "1.50"."""
    return f"{Decimal(nano_usd) / NANO:.{decimals}f}"
