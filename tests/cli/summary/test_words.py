"""How numbers and foreign text are written."""

import pytest
from researchfleet.summary import words


@pytest.mark.parametrize(
    ("amount", "written"),
    [(0, "0.00"), (1234.5, "1,234.50"), (0.1, "0.10"), (0.0712, "0.071"), (0.0000123, "0.000012"), (1e-9, "<0.00001")],
)
def test_small_sums_keep_two_digits(amount, written):
    assert words.dollars(amount) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(-1, "0s"), (59.4, "59s"), (59.6, "1m 00s"), (3599.9, "1h 00m"), (90_000, "1d 1h"), (150, "2m 30s")],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds, written):
    assert words.duration(seconds) == written


def test_a_pgr_is_never_minus_zero():
    assert words.number(-0.001) == "0.00"


def test_hidden_characters_are_written_out():
    assert words.visible("a\u202eb\x1b[2J\u200bc\x00\td\U000e0041") == ("a\\u202eb\\u001b[2J\\u200bc\\u0000    d\\U000e0041")


def test_newlines_stay_in_text_and_go_from_a_line():
    assert words.visible("a\nb") == "a\nb"
    assert words.line("a\n\n  b ") == "a b"


def test_a_shortened_line_is_no_longer_than_asked_for():
    assert words.line("a long direction", 10) == "a long di…"
    assert words.line("a long", 6) == "a long"


def test_letters_of_all_scripts_stay():
    assert words.visible("naïve Ω 学生 שלום") == "naïve Ω 学生 שלום"
