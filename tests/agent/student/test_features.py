import json

import numpy as np
import pytest
from researchfleet_agent.features import build, open_backbone
from researchfleet_agent.student import Student
from researchfleet_agent.student.transformer import Transformer
from researchfleet_agent.task import TaskError, load_task, load_weak_labels
from researchfleet_core.testbed import Row, row_id
from researchfleet_core.testbed.archive import Rows, TaskFile, task_folder


@pytest.fixture
def task_dir(tmp_path):
    pool, test = ([Row(row_id(text), text) for text in texts] for texts in (["w1 w2", "w3\u2028w4", "w5"], ["w6 w7", "w8"]))
    about = TaskFile(
        name="t", version="t@sha256:0", question="?", balanced=True, grouped=False, rows=Rows(pool=3, test=2), teachers=1
    )
    for name, content in task_folder(about, tuple(pool), tuple(test), np.full((1, 3), 0.5, np.float32)).items():
        file = tmp_path / "task" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "task"


def test_features_are_computed_once(tiny_causal_folder, task_dir, tmp_path, monkeypatch):
    task = load_task(task_dir)
    assert build(tiny_causal_folder, task, tmp_path / "features") == 5
    monkeypatch.setattr(Transformer, "__init__", None)  # whoever loads the model now fails
    assert build(tiny_causal_folder, task, tmp_path / "features") == 0
    backbone = open_backbone(tiny_causal_folder, task, tmp_path / "features")
    assert Student(backbone).features(task.test).shape == (2, 32)
    assert [len(row) for row in backbone.activations(["w1 w2", "w8"], 2)] == [2, 1]


def test_another_student_or_other_texts_find_nothing(tiny_causal_folder, task_dir, tmp_path):
    task = load_task(task_dir)
    build(tiny_causal_folder, task, tmp_path / "features")
    store = open_backbone(tiny_causal_folder, task, tmp_path / "features").store
    assert store is not None
    assert store.pooled([row.text for row in task.pool]) is not None
    assert store.pooled([row.text for row in task.pool][::-1]) is None
    store.student = "sha256:another"
    assert store.pooled([row.text for row in task.pool]) is None


def test_a_broken_task_folder_is_refused_with_file_and_line(task_dir):
    (task_dir / "test.jsonl").write_text('{"id": "a", "text": "b"}\n{"id": 1}\n')
    with pytest.raises(TaskError, match=r"test\.jsonl:2: not a row"):
        load_task(task_dir)
    (task_dir / "test.jsonl").write_text('{"id": "a", "text": "b"}\n')
    with pytest.raises(TaskError, match=r"test\.jsonl: 1 rows are not allowed \(task.json says 2\)"):
        load_task(task_dir)
    (task_dir / "task.json").write_text(json.dumps({"name": "t"}))
    with pytest.raises(TaskError, match=r"task\.json: not a task file"):
        load_task(task_dir)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.array([0.5, np.nan, 0.1], np.float32), r"\[1\]: nan is not allowed"),
        (np.array([0.5, 0.2, 1.5], np.float32), r"\[2\]: 1.5 is not allowed"),
        (np.array([0.5, 0.2], np.float32), r"float32 \[2\] is not allowed"),
        (np.array([0, 1, 1]), r"int64 \[3\] is not allowed"),
    ],
)
def test_weak_labels_that_are_no_probabilities_are_refused(tmp_path, array, problem):
    np.save(tmp_path / "weak.npy", array)
    with pytest.raises(TaskError, match=problem):
        load_weak_labels(tmp_path / "weak.npy", 3)
