"""docs/cli.md names what programs may rely on."""

import re
from pathlib import Path

from researchfleet.commands.failing import Exit
from researchfleet.live import Kind

DOCS = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()


def test_every_kind_of_event_is_documented_and_no_other():
    table = DOCS.partition("## Events")[2].partition("## Files")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == set(Kind)


def test_every_exit_status_is_documented_and_no_other():
    table = DOCS.partition("## Exit status")[2].partition("## Events")[0]
    assert {int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == set(Exit)
