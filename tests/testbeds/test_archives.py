"""What leaves the evaluator: inputs by role, and nothing that tells a label."""

import io
import json
import tarfile

import numpy as np
import pytest
from researchfleet_core.testbed import Role, Testbed, TestbedError


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


@pytest.mark.parametrize(("role", "tests"), [(Role.AGENT, 240), (Role.REPRODUCTION, 120)])
def test_an_archive_is_the_documented_task_folder_and_nothing_else(tiny: Testbed, role, tests):
    files = unpacked(tiny.archive(role))

    assert sorted(files) == ["pool.jsonl", "task.json", "test.jsonl", *(f"weak/{n}.npy" for n in range(5))]
    assert json.loads(files["task.json"]) == {
        "name": "tiny",
        "version": tiny.version,
        "question": "Does the speaker feel good?",
        "balanced": True,
        "grouped": False,
        "rows": {"pool": 300, "test": tests},
        "teachers": 5,
    }
    weak = [np.load(io.BytesIO(files[f"weak/{n}.npy"]), allow_pickle=False) for n in range(5)]
    assert np.array_equal(np.stack(weak), tiny.part(role).weak)


@pytest.mark.parametrize("role", list(Role))
def test_no_archive_holds_a_label_a_slice_or_a_baseline(tiny: Testbed, role):
    files = unpacked(tiny.archive(role))
    part = tiny.part(role)

    for secret in (part.test_labels, part.pool_labels, *([] if part.slices is None else [part.slices])):
        for kind in (np.uint8, np.int64, np.float32, np.float64):
            assert not any(secret.astype(kind).tobytes() in content for content in files.values())
    for name in ("pool", "test"):
        assert all(json.loads(line).keys() == {"id", "text"} for line in files[f"{name}.jsonl"].splitlines())
    assert not any(str(one.weak.mean).encode() in files["task.json"] for one in tiny.manifest.baselines)


def test_an_agents_archive_holds_no_sealed_row_and_a_reproductions_no_visible_one(tiny: Testbed):
    agent, sealed = (
        {
            json.loads(line)["id"]
            for name in ("pool", "test")
            for line in unpacked(tiny.archive(role))[f"{name}.jsonl"].splitlines()
        }
        for role in (Role.AGENT, Role.REPRODUCTION)
    )

    assert not agent & sealed


def test_the_same_testbed_gives_the_same_archive(tiny: Testbed):
    assert tiny.archive(Role.AGENT) == tiny.archive(Role.AGENT)
    with tarfile.open(fileobj=io.BytesIO(tiny.archive(Role.AGENT))) as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar.getmembers()} == {(0, 0, "")}


def test_a_transfer_testbed_gives_nothing_to_agents(tiny: Testbed):
    transfer = Testbed(tiny.digest, tiny.manifest, None, tiny.sealed)

    with pytest.raises(TestbedError, match="is a transfer testbed; it has no part for agents"):
        transfer.archive(Role.AGENT)
