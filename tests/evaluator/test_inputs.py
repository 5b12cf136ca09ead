"""Archives: what leaves for a sandbox holds no label."""

import io
import json
import tarfile

import numpy as np
import pytest
from researchfleet_core.testbed import dump_array

from tests.evaluator.conftest import FLEET


def arrays(files):
    return [np.load(io.BytesIO(content), allow_pickle=False) for name, content in files.items() if name.endswith(".npy")]


def test_agents_get_the_visible_part_as_documented(hub):
    files = hub.archive(f"/v1/fleets/{FLEET}/inputs")
    assert set(files) == {"task.json", "pool.jsonl", "test.jsonl", *(f"weak/{teacher}.npy" for teacher in range(5))}
    task = json.loads(files["task.json"])
    assert task == {
        "name": "toy",
        "version": hub.plan()["testbed"],
        "question": "Is it one?",
        "balanced": True,
        "grouped": False,
        "rows": {"pool": 24, "test": 200},
        "teachers": 5,
    }
    assert files["test.jsonl"].count(b"\n") == 200


def test_a_reproduction_gets_sealed_parts_with_neutral_weak_files(hub):
    hub.run(0.7, 0.7)
    uid = hub.nominate()[0]["uid"]
    files = hub.archive(f"/v1/reproductions/{uid}/inputs")
    plan = json.loads(files["plan.json"])
    assert plan["reproduction"] == uid
    assert set(plan["runs"][0]) == {"run", "task", "weak", "student", "seed"}
    for task, rows in (("task-0", 120), ("task-1", 120)):
        named = {f"{task}/{run['weak']}" for run in plan["runs"] if run["task"] == task}
        there = {name for name in files if name.startswith(f"{task}/weak/")}
        assert named == there == {f"{task}/weak/{number}.npy" for number in range(len(there))}
        assert json.loads(files[f"{task}/task.json"])["teachers"] == len(there)
        assert files[f"{task}/test.jsonl"].count(b"\n") == rows
    toy = hub.evaluator.shelf.find("toy").testbed.sealed
    for weak in arrays({name: content for name, content in files.items() if name.startswith("task-0/weak")}):
        assert weak.dtype == np.float32
        # values of a teacher, on their own rows or on others
        assert any(np.array_equal(np.sort(weak), np.sort(teacher)) for teacher in toy.weak)


@pytest.mark.parametrize("role", ["agent", "reproduction"])
def test_no_archive_holds_a_label_a_slice_a_baseline_or_a_mark_of_time(hub, role):
    hub.run(0.7, 0.7)
    reproduction = hub.nominate()[0]["uid"]
    path = f"/v1/fleets/{FLEET}/inputs" if role == "agent" else f"/v1/reproductions/{reproduction}/inputs"
    content = hub.ask("GET", path).content
    testbed = hub.evaluator.shelf.find("toy").testbed
    secrets = [testbed.agent.test_labels, testbed.agent.slices, testbed.agent.pool_labels]
    secrets += [testbed.sealed.test_labels, testbed.sealed.pool_labels]
    for secret in secrets:
        for form in (
            secret.tobytes(),
            dump_array(secret),
            "".join(map(str, secret)).encode(),
            json.dumps(secret.tolist()).encode(),
        ):
            assert form not in content
            assert form[::-1] not in content
    for word in (b"label", b"slice", b"baseline", b"ceiling", b"shuffled", b"variation", b'teacher"'):
        assert word not in content
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert {(entry.mtime, entry.uid, entry.uname, entry.type) for entry in tar} == {(0, 0, "", tarfile.REGTYPE)}
    other = testbed.sealed if role == "agent" else testbed.agent
    assert not any(row.text.encode() in content for row in (*other.test, *other.pool))
