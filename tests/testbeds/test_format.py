"""The folder format: what is read back, and everything that is refused when it is read."""

import io
import json
import lzma
from collections.abc import Callable

import numpy as np
import pytest
from researchfleet.testbed.parts import files_of
from researchfleet.testbed.places import read_yaml
from researchfleet_core.testbed import (
    SUMS,
    Row,
    Slice,
    Testbed,
    TestbedError,
    clean,
    dump_array,
    group_id,
    pack_rows,
    row_id,
)
from researchfleet_core.testbed.rows import unpack_rows

Tampered = Callable[[str, bytes], Testbed]
POOL = "agent/pool.jsonl.xz"


def lines(testbed: Testbed) -> list[dict[str, str]]:
    return [{"id": row.id, "text": row.text} for row in testbed.agent.pool]


def packed(rows: list[dict[str, str]]) -> bytes:
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return lzma.compress(text.encode())


def sorted_rows(texts: list[str]) -> list[dict[str, str]]:
    return sorted(({"id": row_id(text), "text": text} for text in texts), key=lambda row: row["id"])


def test_a_built_testbed_is_read_back_as_it_was_written(tiny, tiny_files):
    again = files_of(tiny.agent, "agent", "labels") | files_of(tiny.sealed, "sealed/inputs", "sealed/labels")

    assert again == {name: tiny_files[name] for name in again}
    assert tiny.version.startswith("tiny@sha256:")


def test_any_changed_byte_changes_the_version_or_is_refused(tiny_files):
    changed = tiny_files | {"LICENSE": b"another licence\n"}

    with pytest.raises(TestbedError, match=r"LICENSE: sha256 \w+ is not allowed"):
        Testbed.from_files(changed, read_yaml)


def test_a_testbed_without_sums_is_refused(tiny_files):
    with pytest.raises(TestbedError, match="SHA256SUMS: is missing"):
        Testbed.from_files({name: content for name, content in tiny_files.items() if name != SUMS}, read_yaml)


def test_a_file_that_is_not_documented_is_refused(tampered: Tampered):
    with pytest.raises(TestbedError, match=r"agent/labels.npy: is not allowed in a testbed of use: research"):
        tampered("agent/labels.npy", b"")


def test_a_label_in_a_field_of_a_row_is_refused_with_its_line(tiny, tampered: Tampered):
    rows = lines(tiny)
    rows[2]["label"] = "1"

    with pytest.raises(TestbedError, match=r"agent/pool.jsonl.xz:3: fields \['id', 'text', 'label'\] are not allowed"):
        tampered(POOL, packed(rows))


def test_a_label_in_the_order_of_the_rows_is_refused(tiny, tampered: Tampered):
    by_label = [
        row for label in (0, 1) for row, own in zip(lines(tiny), tiny.agent.pool_labels, strict=True) if own == label
    ]

    with pytest.raises(TestbedError, match=r"agent/pool.jsonl.xz:\d+: id: .* \(sorted by id, each once\)"):
        tampered(POOL, packed(by_label))


def test_a_label_in_an_id_is_refused(tiny, tampered: Tampered):
    rows = [
        row | {"id": row["id"][:-1] + str(int(label))}
        for row, label in zip(lines(tiny), tiny.agent.pool_labels, strict=True)
    ]

    with pytest.raises(
        TestbedError, match=r"agent/pool.jsonl.xz:\d+: id: '\w+' is not allowed \(\w+, the start of the text's"
    ):
        tampered(POOL, packed(rows))


@pytest.mark.parametrize("mark", [" ", "\u200b", "\u00ad", "\x07", "e\u0301"])
def test_a_mark_that_no_reader_sees_is_refused(tiny, tampered: Tampered, mark):
    texts = [row.text for row in tiny.agent.pool]
    marked = sorted_rows([texts[0] + mark, *texts[1:]])

    with pytest.raises(TestbedError, match="has invisible characters or white space at an end"):
        tampered(POOL, packed(marked))


def test_a_mark_in_how_a_line_is_written_is_refused(tiny, tampered: Tampered):
    text = "".join(json.dumps(row, separators=(",", ": ")) + "\n" for row in lines(tiny))

    with pytest.raises(TestbedError, match=r"agent/pool.jsonl.xz:1: the line is not written as documented"):
        tampered(POOL, lzma.compress(text.encode()))


def test_a_text_in_two_parts_is_refused_even_in_other_case(tiny, tampered: Tampered):
    sealed = tiny.sealed.pool[0].text
    texts = [sealed.upper(), *(row.text for row in tiny.agent.pool[1:])]

    with pytest.raises(TestbedError, match=r"sealed/inputs/pool.jsonl.xz:1: text: .* stands at agent/pool.jsonl.xz:\d+ too"):
        tampered(POOL, packed(sorted_rows(texts)))


@pytest.mark.parametrize("file", ["labels/pool.npy", "labels/test.npy", "sealed/labels/pool.npy", "sealed/labels/test.npy"])
def test_an_unbalanced_part_is_refused(tiny_files, tampered: Tampered, file):
    labels = np.load(io.BytesIO(tiny_files[file]))
    labels[np.flatnonzero(labels == 0)[0]] = 1

    with pytest.raises(TestbedError, match=rf"{file}.*rows of label 1 and \d+ of label 0 are not allowed"):
        tampered(file, dump_array(labels))


def test_an_unbalanced_slice_is_refused(tiny, tampered: Tampered):
    slices = tiny.agent.slices.copy()
    one, zero = (np.flatnonzero((slices == part) & (tiny.agent.test_labels == part))[0] for part in (0, 1))
    slices[one], slices[zero] = 1, 0

    with pytest.raises(TestbedError, match=r"labels/test.npy, slice dev: 61 rows of label 1 and 59 of label 0"):
        tampered("labels/slice.npy", dump_array(slices))


@pytest.mark.parametrize(
    ("file", "array", "said"),
    [
        ("labels/test.npy", np.zeros(240, np.int64), r"int64 \[240\] is not allowed \(uint8 \[240\]\)"),
        ("labels/test.npy", np.zeros(239, np.uint8), r"uint8 \[239\] is not allowed \(uint8 \[240\]\)"),
        ("labels/test.npy", np.full(240, 2, np.uint8), r"test.npy\[0\]: 2 is not allowed \(0 or 1\)"),
        ("agent/weak.npy", np.zeros((4, 300), np.float32), r"float32 \[4, 300\] is not allowed \(float32 \[5, 300\]\)"),
        ("agent/weak.npy", np.full((5, 300), np.nan, np.float32), r"weak.npy\[0, 0\]: .*nan.* is not allowed \(0 to 1"),
        ("agent/weak.npy", np.full((5, 300), 0.12345, np.float32), r"weak.npy\[0, 0\]: .* is not allowed \(0 to 1, 3 dec"),
    ],
)
def test_an_array_of_another_shape_type_or_value_is_refused(tampered: Tampered, file, array, said):
    with pytest.raises(TestbedError, match=said):
        tampered(file, dump_array(array))


def test_a_pickled_array_is_never_opened(tampered: Tampered):
    out = io.BytesIO()
    np.save(out, np.array([print], object), allow_pickle=True)

    with pytest.raises(TestbedError, match=r"labels/test.npy: not a plain .npy array"):
        tampered("labels/test.npy", out.getvalue())


def test_an_xz_bomb_ends_at_the_limit(monkeypatch, tampered: Tampered):
    monkeypatch.setattr("researchfleet_core.testbed.rows.MAX_ROWS_BYTES", 1 << 20)

    with pytest.raises(TestbedError, match=r"not one whole xz stream of at most 1048576 bytes"):
        tampered(POOL, lzma.compress(b"x" * (8 << 20)))


def test_a_manifest_that_forgets_a_slice_is_refused(tiny_files, tampered: Tampered):
    manifest = tiny_files["testbed.yaml"].decode()
    without_rank = manifest[: manifest.index("  - student: bag-of-words\n    slice: rank")]

    with pytest.raises(TestbedError, match=r"testbed.yaml: .*exactly one for each of .*'rank'"):
        tampered("testbed.yaml", without_rank.encode())


def test_a_field_nobody_documented_is_refused_with_its_name(tiny_files, tampered: Tampered):
    with pytest.raises(TestbedError, match=r"testbed.yaml: spoiler: Extra inputs are not permitted, not 1"):
        tampered("testbed.yaml", tiny_files["testbed.yaml"] + b"spoiler: 1\n")


def test_a_gap_that_is_not_ceiling_minus_weak_is_refused(tiny, tiny_files, tampered: Tampered):
    gap = tiny.manifest.baseline("bag-of-words", Slice.DEV).gap
    manifest = tiny_files["testbed.yaml"].decode()
    assert f"gap: {{mean: {gap.mean}," in manifest
    forged = manifest.replace(f"gap: {{mean: {gap.mean},", f"gap: {{mean: {gap.mean + 0.01:.4f},", 1)

    with pytest.raises(TestbedError, match=r"is not the ceiling's mean minus the weak teachers'"):
        tampered("testbed.yaml", forged.encode())


def test_a_group_is_named_by_its_members_and_by_nothing_else():
    texts = ["one", "two", "three"]
    ids = sorted(row_id(text) for text in texts)
    by_id = {row_id(text): text for text in texts}
    good = tuple(Row(one, by_id[one], group_id(ids)) for one in ids)
    assert unpack_rows(pack_rows(good), "rows", grouped=True) == good

    with pytest.raises(TestbedError, match=r"rows:1: group: 'right' is not allowed"):
        unpack_rows(pack_rows([Row(one, by_id[one], "right") for one in ids]), "rows", grouped=True)


@pytest.mark.parametrize("text", ["plain", "two\nlines", "caf\u00e9", "a \u200b b", "tail \n", "tab\tin it", "\u0645\u0631"])
def test_a_cleaned_text_is_clean(text):
    assert clean(clean(text)) == clean(text)
