"""`build`: the same from a seed, balanced, every row once, groups whole; and what it refuses to start from."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest
from researchfleet.testbed.build import build
from researchfleet.testbed.check import check
from researchfleet.testbed.labelled import Labelled, read_labelled
from researchfleet.testbed.places import read_yaml
from researchfleet.testbed.spec import read_spec
from researchfleet.testbed.splits import deal
from researchfleet.testbed.sums import sums
from researchfleet.testbed.teachers import train_teachers
from researchfleet_core.testbed import Slice, Testbed, TestbedError

from .conftest import SPEC, BagOfWords, built, moods, write_source


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_the_rows(tmp_path, tiny_files):
    again = built(read_spec(write_source(tmp_path, moods(1200)[::-1])))

    assert again == tiny_files


def test_another_seed_deals_other_rows(tmp_path, tiny_files):
    other = built(read_spec(write_source(tmp_path, moods(1200), SPEC.replace("seed: 7", "seed: 8"))))

    assert other["agent/pool.jsonl.xz"] != tiny_files["agent/pool.jsonl.xz"]


def test_parts_have_the_sizes_asked_for_and_share_no_row(tiny):
    parts = {name: (len(part.pool), len(part.test), len(part.weak)) for name, part in tiny.parts()}
    ids = [row.id for _, part in tiny.parts() for row in (*part.pool, *part.test)]

    assert parts == {"agent": (300, 240, 5), "sealed/inputs": (300, 120, 5)}
    assert (np.bincount(tiny.agent.slices) == 120).all()
    assert len(set(ids)) == len(ids)


def test_a_slice_is_asked_only_of_the_part_that_has_it(tiny):
    assert set(tiny.agent.rows_of(Slice.DEV)) | set(tiny.agent.rows_of(Slice.RANK)) == set(range(240))
    assert tiny.sealed.rows_of(Slice.SEALED).tolist() == list(range(120))
    with pytest.raises(ValueError, match=r"slice sealed is not of this part \(dev, rank\)"):
        tiny.agent.rows_of(Slice.SEALED)


def test_weak_labels_come_from_teachers_that_never_saw_the_row(tiny):
    for _, part in tiny.parts():
        accuracies = ((part.weak > 0.5) == part.pool_labels).mean(axis=1)
        assert (accuracies > 0.5).all()
        assert (accuracies < 0.9).all()


def test_teachers_of_one_part_differ(tiny):
    assert len({row.tobytes() for row in tiny.agent.weak}) == 5


def test_groups_are_never_split_and_every_part_is_balanced():
    rows = sums(120, seed=3)

    parts, rest = deal(rows, {"pool": 120, "dev": 60, "test": 120}, np.random.default_rng(0))

    dealt = {name: {row.group for row in part} for name, part in parts.items()}
    assert not dealt["pool"] & dealt["dev"]
    assert not dealt["pool"] & dealt["test"]
    assert not dealt["dev"] & dealt["test"]
    for name, part in parts.items():
        assert sum(row.label for row in part) * 2 == len(part), name
        assert all(sum(row.group == group for row in part) in {2, 4, 6} for group in dealt[name])
    assert rest


def test_one_right_answer_of_four_leaves_as_many_wrong_ones():
    rows = [Labelled(f"question {n}, answer {m}", int(m == 0), f"question {n}") for n in range(40) for m in range(4)]

    parts, _ = deal(rows, {"pool": 40}, np.random.default_rng(0))

    assert len(parts["pool"]) == 40
    assert sum(row.label for row in parts["pool"]) == 20


def test_a_grouped_source_gives_a_grouped_testbed_that_passes(tmp_path):
    rows = [{"text": row.text, "label": row.label, "group": row.group} for row in sums(600, seed=3)]
    spec = SPEC.replace("agent: {pool: 300, dev: 120, rank: 120}", "agent: {pool: 900, dev: 300, rank: 300}").replace(
        "labels: 12", "labels: 6"
    )
    spec = spec.replace("sealed: {pool: 300, test: 120}", "sealed: {pool: 900, test: 300}")
    files = built(read_spec(write_source(tmp_path, rows, spec)))

    testbed = Testbed.from_files(files, read_yaml)

    check(testbed)
    assert testbed.manifest.task.grouped
    assert len({row.group for row in testbed.agent.pool}) <= 900 / 4


def test_json_lines_compressed_or_not_and_a_datasets_folder_give_the_same_rows(tmp_path):
    from datasets import Dataset

    rows = moods(20)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(text)
    (tmp_path / "rows.jsonl.xz").write_bytes(lzma.compress(text.encode()))
    Dataset.from_list(rows).save_to_disk(str(tmp_path / "saved"))

    read = [read_labelled(tmp_path / name) for name in ("rows.jsonl", "rows.jsonl.xz", "saved")]

    assert read[0] == read[1] == read[2]
    assert [(row.text, row.label) for row in read[0]] == [(row["text"], row["label"]) for row in rows]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": "x", "label": 2}', r"rows.jsonl:2: label: 2 is not allowed \(0 or 1\)"),
        ('{"text": "x", "label": true}', r"rows.jsonl:2: label: True is not allowed"),
        ('{"text": " ", "label": 1}', r"rows.jsonl:2: text: ' ' is not allowed"),
        ('{"text": "x"}', r"rows.jsonl:2: \{'text': 'x'\} is not allowed \(fields text, label"),
        ('{"text": "x", "label": 1, "group": "q"}', r"rows.jsonl: group: some rows have one and some have none"),
        ("{", r"rows.jsonl:2: not JSON"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_field_and_value(tmp_path, line, said):
    (tmp_path / "rows.jsonl").write_text('{"text": "good", "label": 1}\n' + line + "\n")

    with pytest.raises(TestbedError, match=said):
        read_labelled(tmp_path / "rows.jsonl")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("use: research", "use: fun", r"spec.yaml:2:1: use: Input should be 'research' or 'transfer', not 'fun'"),
        ("labels: 12", "labels: few", r"spec.yaml:9:12: teachers.labels: .* valid integer.*, not 'few'"),
        ("seed: 7", "seed: 7\nsede: 8", r"spec.yaml:13:1: sede: Extra inputs are not permitted, not 8"),
        ("sealed: 5}", "sealed: 4}", r"spec.yaml:9:34: teachers.sealed: .* greater than or equal to 5, not 4"),
        ("name: tiny\n", "", r"spec.yaml: name: Field required"),
        ("use: research", "use: transfer", r"spec.yaml: Value error, agent: .* is not allowed for use: transfer"),
    ],
)
def test_a_wrong_spec_is_named_by_line_field_and_value(tmp_path, old, new, said):
    assert old in SPEC
    path = write_source(tmp_path, moods(10), SPEC.replace(old, new, 1))

    with pytest.raises(TestbedError, match=said):
        read_spec(path)


def test_too_few_rows_are_refused_with_how_many_are_needed(tmp_path):
    with pytest.raises(TestbedError, match=r"rows: \d+ after balancing are too few \(960 for sealed pool, sealed test, "):
        built(read_spec(write_source(tmp_path, moods(400))))


def test_teachers_without_rows_to_learn_from_are_refused():
    rows = [Labelled(row["text"], row["label"], None) for row in moods(20)]

    with pytest.raises(TestbedError, match=r"teachers.labels: 40 is not allowed: 20 rows are left"):
        train_teachers(rows, 5, 40, np.random.default_rng(0))


def test_a_transfer_testbed_has_a_sealed_part_only(tmp_path: Path):
    spec = SPEC.replace("use: research", "use: transfer").replace("agent: 5, ", "agent: 0, ")
    spec = "\n".join(line for line in spec.splitlines() if not line.startswith("agent:")) + "\n"
    files = build(read_spec(write_source(tmp_path, moods(1200), spec)), BagOfWords(), lambda _: None)

    testbed = Testbed.from_files(files, read_yaml)

    check(testbed)
    assert testbed.agent is None
    assert not [name for name in files if name.startswith(("agent/", "labels/"))]
