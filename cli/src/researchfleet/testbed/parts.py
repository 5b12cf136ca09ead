"""A part of a testbed under construction: its rows in the documented order, their labels, its teachers' weak labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from researchfleet_core.testbed import FloatArray, LabelArray, Part, Row, dump_array, group_id, pack_rows, row_id
from sklearn.pipeline import Pipeline

from researchfleet.testbed.labelled import Labelled
from researchfleet.testbed.teachers import weak_labels


@dataclass(frozen=True)
class Drawn:
    """A part, and what its teachers predict for its test rows: float32 [teachers, test rows], kept out of the files."""

    part: Part
    weak_on_test: FloatArray


def draw(pool: Sequence[Labelled], test: Mapping[str, Sequence[Labelled]], teachers: Sequence[Pipeline]) -> Drawn:
    """The part with these rows; test: by slice, numbered in the order of the mapping where there are several."""
    pool_rows, pool_labels = _sorted(pool)
    test_rows, test_labels = _sorted([row for rows in test.values() for row in rows])
    slices = None
    if len(test) > 1:
        slice_of = {row_id(row.text): number for number, rows in enumerate(test.values()) for row in rows}
        slices = np.array([slice_of[row.id] for row in test_rows], np.uint8)
    weak, weak_on_test = (weak_labels(teachers, [row.text for row in rows]) for rows in (pool_rows, test_rows))
    return Drawn(Part(pool_rows, test_rows, weak, pool_labels, test_labels, slices), weak_on_test)


def files_of(part: Part, inputs: str, labels: str) -> dict[str, bytes]:
    """The files of a part by their path in the testbed."""
    files = {
        f"{inputs}/pool.jsonl.xz": pack_rows(part.pool),
        f"{inputs}/test.jsonl.xz": pack_rows(part.test),
        f"{inputs}/weak.npy": dump_array(part.weak),
        f"{labels}/pool.npy": dump_array(part.pool_labels),
        f"{labels}/test.npy": dump_array(part.test_labels),
    }
    return files if part.slices is None else files | {f"{labels}/slice.npy": dump_array(part.slices)}


def _sorted(rows: Sequence[Labelled]) -> tuple[tuple[Row, ...], LabelArray]:
    members: dict[str, list[str]] = {}
    for row in rows:
        if row.group is not None:
            members.setdefault(row.group, []).append(row_id(row.text))
    ids = {group: group_id(ids) for group, ids in members.items()}
    ordered = sorted(rows, key=lambda row: row_id(row.text))
    seen = tuple(Row(row_id(row.text), row.text, None if row.group is None else ids[row.group]) for row in ordered)
    return seen, np.array([row.label for row in ordered], np.uint8)
