"""docs/researchers.md says what the tables in the code say."""

from pathlib import Path

from researchfleet_agent.search.directions import RULES
from researchfleet_agent.search.proposing import WEIGHTS, Move

TEXT = (Path(__file__).parents[3] / "docs" / "researchers.md").read_text()
TABLE_ROWS = [line.strip() for line in TEXT.splitlines() if line.strip().startswith("|")]


def test_every_rule_of_directions_is_in_the_table():
    for beginnings, methods in RULES:
        row = next(
            (line for line in TABLE_ROWS if line.endswith(f"| {', '.join(methods)} |") and said(beginnings[0], line)), ""
        )
        assert [one for one in beginnings if not said(one, row)] == [], methods


def test_every_move_is_in_the_table_with_its_weight():
    for move in Move:
        [row] = [line for line in TABLE_ROWS if line.startswith(f"| {move} |")]
        assert move not in WEIGHTS or row.endswith(f"| {WEIGHTS[move]:.2f} |".replace("0.", "."))


def said(beginning: str, row: str) -> bool:
    words = row.split("|")[1].split(",") if row else []
    return any(word.strip().replace("-", " ") == beginning for word in words)
