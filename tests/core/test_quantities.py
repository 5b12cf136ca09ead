"""Money, hours, durations, cores and sizes: as people write them, and exactly what they mean."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from researchfleet_core.api.pods import Cores, Size, bytes_of
from researchfleet_core.api.quantities import Amount, Duration, nano, seconds, usd

TYPES = {"amount": Amount, "duration": Duration, "cores": Cores, "size": Size}
HINT = {
    "amount": 'a whole number, or one in quotes with at most 9 decimals such as "1.50"',
    "duration": 'a duration such as "90s", "3m", "1h30m" or "120h"',
    "cores": 'a number of cores such as 2, "0.5" or "500m"',
    "size": 'a number of bytes such as "500Mi", "3Gi" or "2G"',
}

TAKEN = {
    "amount": [0, 18000, "0", "1.50", "0.000000001", "999999999.999999999"],
    "duration": ["90s", "3m", "120h", "1h30m", "1h1m1s", "0s", "999999h999999m999999s"],
    "cores": [1, "2", "0.5", "500m", "1.250"],
    "size": [1024, "3Gi", "3Ki", "2G", "2k", "0.5Gi", "1E", "1Ei"],
}
REFUSED = {
    "amount": [
        -1,
        1.5,
        True,
        None,
        "",
        "1,50",
        "1e3",
        "-1",
        "+1",
        ".5",
        "1.",
        "1.0000000001",
        "1234567890",
        "1\n",
        "٣",
        [],
        {},
    ],
    "duration": [90, "", "90", "s", "1d", "1.5h", "-1s", "1s1m", "1m\n", " 1s", "1 s", "1234567s", None, []],
    "cores": [-1, 0.5, True, "", "500M", "1.2345", "m", "1 ", "1\n", "0,5", None],
    "size": [-1, 1.5, True, "", "3ki", "3kI", "3gi", "500m", "3GB", "3 Gi", "Gi", "3Gi\n", "1" * 16, None],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in TAKEN.items() for value in values])
def test_what_is_allowed_is_kept_as_it_was_written(kind, value):
    assert TypeAdapter(TYPES[kind]).validate_python(value) == str(value)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_what_is_not_allowed_is_refused_with_what_is(kind, value):
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(TYPES[kind]).validate_python(value)
    assert refusal.value.errors()[0]["msg"] == f"Value error, {value!r} is not allowed ({HINT[kind]})"


@given(st.decimals(min_value=0, max_value=Decimal("999999999.999999999"), places=9))
def test_money_is_counted_exactly(amount):
    written = TypeAdapter(Amount).validate_python(f"{amount:f}")
    assert Decimal(nano(written)) / 1_000_000_000 == amount


def test_the_smallest_price_is_one_nano_usd():
    assert (nano("0.000000001"), nano("1.50"), nano("18000")) == (1, 1_500_000_000, 18_000_000_000_000)


@pytest.mark.parametrize(
    ("nano_usd", "decimals", "text"),
    [
        (1_500_000_000, 2, "1.50"),
        (0, 2, "0.00"),
        (4_999_999, 2, "0.00"),
        (123_456_789, 4, "0.1235"),
        (-1_000_000_000, 2, "-1.00"),
    ],
)
def test_money_is_shown_rounded(nano_usd, decimals, text):
    assert usd(nano_usd, decimals) == text


@given(st.integers(0, 999_999), st.integers(0, 999_999), st.integers(0, 999_999))
def test_a_duration_is_the_sum_of_its_parts(hours, minutes, secs):
    written = TypeAdapter(Duration).validate_python(f"{hours}h{minutes}m{secs}s")
    assert seconds(written) == timedelta(hours=hours, minutes=minutes, seconds=secs)


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("1024", 1024),
        ("2k", 2000),
        ("3Ki", 3072),
        ("500Mi", 500 * 2**20),
        ("3Gi", 3 * 2**30),
        ("2G", 2 * 10**9),
        ("0.5Gi", 2**29),
        ("1T", 10**12),
        ("1Pi", 2**50),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("0.000000001k", 0),
    ],
)
def test_a_size_in_bytes(size, count):
    assert bytes_of(size) == count
