"""Every run of the plan is made as the plan says, and its result delivered once."""

import pytest
from researchfleet_agent.hub.unpacking import UnsafeArchiveError
from researchfleet_agent.reproduce.inputs import Inputs, InputsError
from researchfleet_core.testbed import pack

from tests.agent.reproduce.conftest import TEST, ReproductionHub, archive, snapshot

HONEST = """
import argparse, json, sys
from pathlib import Path
import numpy as np
from helper import VALUE
assert VALUE == 1 and __name__ == "__main__" and sys.argv[0] == __file__
parser = argparse.ArgumentParser()
for name in ("task", "weak-labels", "student", "seed", "out"):
    parser.add_argument("--" + name)
given = parser.parse_args()
weak = float(np.load(given.weak_labels)[0])
task = json.loads(Path(given.task, "task.json").read_text())["name"]
student = json.loads(Path(given.student, "config.json").read_text())["of"]
rows = Path(given.task, "test.jsonl").read_text().count("\\n")
told = [int(given.seed) / 100, weak, float(task == "t1"), float(student == "model-random")]
print("row 0 of the sealed test is ...")
Path(given.out).write_text(json.dumps(told + [0] * (rows - len(told))))
"""


def test_each_run_gets_its_task_teacher_student_and_seed(sandbox):
    results = sandbox.reproduce(ReproductionHub(archive(6), snapshot(HONEST)))
    assert sorted(results) == [f"r-{i}" for i in range(6)]
    for i in range(6):
        told = results[f"r-{i}"]["predictions"]
        assert told[:4] == pytest.approx([(10 + i) / 100, (10 * (i % 2) + i % 3) / 100, i % 2, i % 2])
        assert len(told) == TEST
        assert results[f"r-{i}"]["error"] is None


def test_nothing_of_a_run_is_left_but_its_log(sandbox):
    sandbox.reproduce(ReproductionHub(archive(2), snapshot(HONEST)))
    left = sorted(path.name for path in sandbox.settings.workspace.iterdir())
    assert left == ["delivered", "logs", "students"]
    assert "row 0 of the sealed test" in (sandbox.settings.workspace / "logs" / "r-0.log").read_text()


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("raise SystemExit(3)", "failed: it ended with status 3"),
        ("print('the secret row'); raise RuntimeError('the secret row')", "failed: it ended with status 1"),
        ("open(__import__('sys').argv[-1], 'w').write('[0.5]')", "invalid: predictions.json"),
        ("import os; os.kill(os.getpid(), 9)", "failed: it was ended by SIGKILL"),
        ("import time; time.sleep(60)", "timeout: it did not end within 1 s"),
        ("bytearray(4 << 30)", "failed: it ended with status 1"),
    ],
)
def test_a_run_that_fails_is_delivered_as_an_error_without_what_it_printed(sandbox, program, error):
    results = sandbox.reproduce(ReproductionHub(archive(1, seconds=1), snapshot(program)))
    assert results["r-0"]["predictions"] is None
    assert results["r-0"]["error"] == error
    assert "secret" not in str(results)


def test_a_restart_makes_only_the_runs_that_were_not_delivered(sandbox):
    class LostError(BaseException):
        pass

    hub = ReproductionHub(archive(4), snapshot(HONEST))
    delivered = []

    def lose_the_third(path):
        if path.endswith("/predictions"):
            delivered.append(path)
            if len(delivered) == 3:
                raise LostError

    hub.before = lose_the_third
    with pytest.raises(LostError):
        sandbox.reproduce(hub)
    assert len(hub.results) == 2
    hub.before = lambda path: None
    made = []
    hub.before = lambda path: made.append(path) if path.endswith("/predictions") else None
    assert len(sandbox.reproduce(hub)) == 4
    assert len(made) == 2


def test_a_result_that_the_evaluator_has_already_counts_as_delivered(sandbox):
    """A kill between the answer and the note; the second run took another number of milliseconds."""
    hub = ReproductionHub(archive(2), snapshot(HONEST))
    sandbox.reproduce(hub)
    first = dict(hub.results)
    (sandbox.settings.workspace / "delivered").unlink()
    assert sandbox.reproduce(hub) == first
    assert sorted((sandbox.settings.workspace / "delivered").read_text().split()) == ["r-0", "r-1"]


def test_a_student_that_is_not_there_is_named(sandbox):
    (sandbox.settings.students / "model-random" / "config.json").unlink()
    (sandbox.settings.students / "model-random").rmdir()
    with pytest.raises(InputsError, match="student 'model-random': no such folder"):
        sandbox.reproduce(ReproductionHub(archive(2), snapshot(HONEST)))


@pytest.mark.parametrize("missing", ["plan.json", "task-1/test.jsonl", "task-0/weak/2.npy"])
def test_an_archive_that_lacks_what_the_plan_names_is_refused(missing):
    from researchfleet_agent.hub.unpacking import plain_files

    files = plain_files(archive(6))
    del files[missing]
    with pytest.raises(InputsError, match=missing):
        Inputs.read(pack(files))
    with pytest.raises(UnsafeArchiveError):
        Inputs.read(b"no tar" * 100)
