"""`check`: labels that hide where the format can't forbid it, teachers that know too much, gaps that are noise."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from researchfleet.testbed.check import check
from researchfleet.testbed.leaks import check_leaks, order_finding
from researchfleet.testbed.parts import files_of
from researchfleet_core.testbed import MIN_GAP, Part, Row, Slice, Testbed, TestbedError, as_weak, group_id, row_id

from .conftest import read


def worded(texts: list[str], labels: list[int], spells: Callable[[str, int], bool]) -> tuple[tuple[Row, ...], np.ndarray]:
    """Rows whose texts were varied until their ids spell their labels: ids stay functions of the texts."""
    found = {}
    for text, label in zip(texts, labels, strict=True):
        attempt = next(f"{text} Honestly, {n}." for n in range(1000) if spells(row_id(f"{text} Honestly, {n}."), label))
        found[row_id(attempt)] = (attempt, label)
    ids = sorted(found)
    return tuple(Row(one, found[one][0]) for one in ids), np.array([found[one][1] for one in ids], np.uint8)


def with_test(testbed: Testbed, rows: tuple[Row, ...], labels: np.ndarray) -> Part:
    return replace(testbed.sealed, test=rows, test_labels=labels)


def grouped(
    labels_of_groups: list[list[int]], named: Callable[[list[str], list[int]], str]
) -> tuple[tuple[Row, ...], np.ndarray]:
    rows, labels = [], {}
    for number, group in enumerate(labels_of_groups):
        texts = [f"question {number}, answer {place}" for place in range(len(group))]
        ids = [row_id(text) for text in texts]
        name = named(ids, group)
        rows += [Row(one, text, name) for one, text in zip(ids, texts, strict=True)]
        labels |= dict(zip(ids, group, strict=True))
    rows.sort(key=lambda row: row.id)
    return tuple(rows), np.array([labels[row.id] for row in rows], np.uint8)


def test_a_built_testbed_passes(tiny):
    check(tiny)


def test_a_label_in_a_bit_of_the_ids_is_refused_though_ids_are_hashes(tiny, tiny_files):
    texts = [row.text for row in tiny.sealed.test]
    rows, labels = worded(texts, tiny.sealed.test_labels.tolist(), lambda one, label: int(one, 16) % 2 == label)
    files = files_of(with_test(tiny, rows, labels), "sealed/inputs", "sealed/labels")

    leaking = read(tiny_files | files)

    with pytest.raises(TestbedError, match=r"sealed/inputs/test.jsonl.xz: bit 0 of the id predicts the label: z = 1\d"):
        check(leaking)


def test_a_label_in_the_order_of_the_ids_is_refused(tiny, tiny_files):
    texts = [row.text for row in tiny.sealed.test]
    # No single bit says it, the place among the ids does: four blocks, of label 0, 1, 1, 0.
    rows, labels = worded(
        texts, tiny.sealed.test_labels.tolist(), lambda one, label: (int(one[0], 16) // 4 in {1, 2}) == bool(label)
    )
    files = files_of(with_test(tiny, rows, labels), "sealed/inputs", "sealed/labels")

    with pytest.raises(TestbedError, match=r"sealed/inputs/test.jsonl.xz: the order of the rows predicts the label"):
        check(read(tiny_files | files))


@pytest.mark.parametrize(
    "labels",
    [
        np.repeat([0, 1], 100),
        np.tile([0, 1], 100),
        np.tile([0, 0, 1, 1], 50),
        np.tile([0, 1, 1, 0, 1, 0, 0], 30),
        np.r_[np.zeros(70), np.ones(100), np.zeros(30)],
    ],
)
def test_any_rhythm_of_labels_is_found_in_the_order_of_the_rows(labels):
    assert order_finding(labels.astype(np.uint8)).z > 5


def test_testbeds_without_a_leak_are_not_refused():
    rng = np.random.default_rng(5)
    for _ in range(50):
        labels = rng.permutation(np.repeat([0, 1], 150)).astype(np.uint8)
        texts = [f"text {rng.integers(1 << 60)}" for _ in labels]
        rows = tuple(Row(one, text) for one, text in sorted((row_id(text), text) for text in texts))
        weak = as_weak(rng.random((5, 300)))

        check_leaks("agent", Part(rows, rows, weak, labels, rng.permutation(labels), None))


def test_a_label_in_the_bits_of_a_groups_name_is_refused():
    rng = np.random.default_rng(0)
    shapes = [[1, 1, 1, 0] if rng.random() < 0.5 else [1, 0, 0, 0] for _ in range(200)]
    rows, labels = grouped(shapes, lambda ids, group: f"{sum(group) // 2}{group_id(ids)[1:]}")

    with pytest.raises(TestbedError, match=r"pool.jsonl.xz: bit 60 of the group predicts the label"):
        check_leaks("agent", Part(rows, rows, as_weak(rng.random((5, len(rows)))), labels, labels, None))


def test_a_label_in_the_size_of_a_group_is_refused():
    rng = np.random.default_rng(0)
    shapes = [[1, 1, 0] if rng.random() < 0.5 else [1, 0, 0, 0] for _ in range(200)]
    rows, labels = grouped(shapes, lambda ids, _: group_id(ids))

    with pytest.raises(TestbedError, match=r"the size of the group predicts the label"):
        check_leaks("agent", Part(rows, rows, as_weak(rng.random((5, len(rows)))), labels, labels, None))


def test_a_label_in_the_last_decimal_of_the_weak_labels_is_refused(tiny, tiny_files):
    weak = np.round(tiny.agent.weak, 2)
    weak[3] += np.where(weak[3] < 0.5, 0.001, -0.001) * tiny.agent.pool_labels
    part = replace(tiny.agent, weak=as_weak(weak))

    with pytest.raises(TestbedError, match=r"agent/weak.npy: last decimal \d of teacher 3 predicts the label"):
        check(read(tiny_files | files_of(part, "agent", "labels")))


def test_true_labels_in_place_of_weak_ones_are_refused(tiny, tiny_files):
    weak = tiny.agent.weak.copy()
    # Right in every row, and by as much as the teacher was sure of itself, so that no digit tells.
    weak[1] = np.where((weak[1] > 0.5) == tiny.agent.pool_labels, weak[1], 1 - weak[1])
    part = replace(tiny.agent, weak=as_weak(weak))

    with pytest.raises(TestbedError, match=r"agent/weak.npy\[1\]: right on (1.000|0.99\d) of the pool is not allowed"):
        check(read(tiny_files | files_of(part, "agent", "labels")))


def test_slices_that_follow_the_order_of_the_rows_are_refused(tiny, tiny_files):
    slices = np.zeros_like(tiny.agent.slices)
    for label in (0, 1):
        at = np.flatnonzero(tiny.agent.test_labels == label)
        slices[at[len(at) // 2 :]] = 1

    with pytest.raises(TestbedError, match=r"labels/slice.npy: the order of the rows predicts the slice"):
        check(read(tiny_files | files_of(replace(tiny.agent, slices=slices), "agent", "labels")))


def test_a_gap_that_touches_the_least_allowed_is_refused_with_what_to_do(tiny, tiny_files):
    gap = tiny.manifest.baseline("bag-of-words", Slice.RANK).gap
    manifest = tiny_files["testbed.yaml"].decode()
    low = f"gap: {{mean: {gap.mean}, low: {gap.low}, high: {gap.high}}}"
    assert low in manifest
    near = read(
        tiny_files | {"testbed.yaml": manifest.replace(low, low.replace(f"low: {gap.low}", f"low: {MIN_GAP}")).encode()}
    )

    with pytest.raises(TestbedError) as refused:
        check(near)

    assert re.match(
        r"testbed tiny@sha256:\w+: the gap between weak teacher and ceiling of bag-of-words on rank is "
        rf"{gap.mean:.3f} \[0.050, {gap.high:.3f}\], and 0.05 is within reach; PGR would be noise.\n  Use fewer weak labels",
        str(refused.value),
    )
