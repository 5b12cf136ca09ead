"""Rows dealt to the parts of a testbed: balanced, groups whole, every row once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from researchfleet_core.testbed import TestbedError, row_id

from researchfleet.testbed.labelled import Labelled

Unit = list[Labelled]


def deal(
    rows: Sequence[Labelled], sizes: Mapping[str, int], rng: np.random.Generator
) -> tuple[dict[str, list[Labelled]], list[Unit]]:
    """Parts of at most the given sizes, in their order, and the units left over.

    A part is made of whole balanced units, so it is balanced itself; with groups it may be smaller than asked by less
    than a unit. The order of `rows` does not matter. Raises TestbedError when there are too few rows.
    """
    units = balanced_units(rows, rng)
    rng.shuffle(units)
    there, wanted = sum(map(len, units)), sum(sizes.values())
    if there < wanted:
        raise TestbedError("rows", f"{there} after balancing are too few ({wanted} for {', '.join(sizes)})")
    parts: dict[str, list[Labelled]] = {}
    for name, size in sizes.items():
        part: list[Labelled] = []
        later: list[Unit] = []
        for unit in units:
            if len(part) + len(unit) <= size:
                part += unit
            else:
                later.append(unit)
        parts[name], units = part, later
    return parts, units


def balanced_units(rows: Sequence[Labelled], rng: np.random.Generator) -> list[Unit]:
    """The rows in units that have as many rows of label 1 as of label 0 and are never split.

    A group that is balanced is a unit; two groups that balance each other (for rows without groups: a row of each
    label) are one; of other groups surplus rows of the more frequent label are dropped.
    """
    by_surplus: dict[int, list[Unit]] = defaultdict(list)
    for group in _groups(rows):
        by_surplus[sum(1 if row.label else -1 for row in group)].append(group)
    units = by_surplus.pop(0, [])
    for surplus in sorted({abs(surplus) for surplus in by_surplus}):
        more, fewer = by_surplus[surplus], by_surplus[-surplus]
        rng.shuffle(more)
        rng.shuffle(fewer)
        paired = min(len(more), len(fewer))
        units += [a + b for a, b in zip(more, fewer, strict=False)]
        units += [trimmed for group in more[paired:] + fewer[paired:] if (trimmed := _trimmed(group, rng))]
    return units


def _groups(rows: Sequence[Labelled]) -> list[Unit]:
    """Rows of a group together, each row alone where there are none; in an order that no source order shows through."""
    groups: dict[str, Unit] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row_id(row.text)):
        groups[row.text if row.group is None else row.group].append(row)
    return [groups[name] for name in sorted(groups)]


def _trimmed(group: Unit, rng: np.random.Generator) -> Unit:
    halves = [[row for row in group if row.label == label] for label in (0, 1)]
    keep = min(map(len, halves))
    return [half[i] for half in halves for i in sorted(rng.permutation(len(half))[:keep])]
