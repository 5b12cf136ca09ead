"""What runs share is built once, by the agents' own code, and never half."""

import asyncio
import time
from dataclasses import replace

import pytest
from researchfleet.local import CannotRunError, Home, prepare

from tests.cli.local.run_double import fleet_spec
from tests.evaluator.synthetic import write_testbed

STUDENTS = """
import argparse, pathlib
options = argparse.ArgumentParser()
options.add_argument("build")
options.add_argument("--out", type=pathlib.Path)
out = options.parse_args().out
for name in ("minilm", "minilm-random"):
    (out / name).mkdir(parents=True, exist_ok=True)
    (out / name / "student.json").write_text('{"digest": "sha256:%s"}' % name)
"""
FEATURES = """
import argparse, hashlib, pathlib, sys
options = argparse.ArgumentParser()
options.add_argument("build")
for name in ("student", "task", "out"):
    options.add_argument(f"--{name}", type=pathlib.Path)
given = options.parse_args()
if (given.student / "broken").exists():
    sys.exit("this student is broken")
rows = (given.task / "pool.jsonl").read_bytes() + (given.task / "test.jsonl").read_bytes()
assert sorted(path.name for path in given.task.iterdir()) == ["pool.jsonl", "task.json", "test.jsonl", "weak"]
given.out.mkdir(parents=True, exist_ok=True)
key = hashlib.sha256(given.student.name.encode() + rows).hexdigest()
(given.out / f"{key}.npy").write_bytes(b"features")
"""


@pytest.fixture
def home(tmp_path, environment):
    """A checkout with one testbed; students and features are doubles."""
    write_testbed(tmp_path / "testbeds", "made-up", ["minilm"])
    write_testbed(tmp_path / "testbeds", "elsewhere", ["minilm"], transfer=True)
    python = environment("agent_double.py")
    package = next(python.parent.parent.glob("lib/*/site-packages/researchfleet_agent"))
    (package / "students.py").write_text(STUDENTS)
    (package / "features.py").write_text(FEATURES)
    (package / "task.py").touch()
    return Home(tmp_path / "checkout", tmp_path / "testbeds", tmp_path / "students", tmp_path / "features", python)


SPEC = fleet_spec(problem={"testbed": {"bundled": "made-up"}, "student": {"bundled": "minilm"}})


def built(home, spec=SPEC):
    """What was said to be built."""
    said = []
    asyncio.run(prepare(spec, home, said.append))
    return [(one.what, one.done) for one in said]


def test_what_is_missing_is_built_and_sealed_features_lie_apart(home):
    said = built(home)
    assert said[0] == ("student models", 0)
    assert {what for what, _ in said[1:]} == {
        "minilm on made-up (agent)",
        "minilm on made-up (reproduction)",
        "minilm-random on made-up (reproduction)",
    }
    assert said[-1][1] == 3
    agent, sealed = ({file.name for file in place.glob("*.npy")} for place in (home.agent_features, home.sealed_features))
    assert (len(agent), len(sealed), agent & sealed) == (1, 2, set())


def test_when_all_is_there_nothing_is_done_and_it_takes_no_time(home):
    built(home)
    began = time.perf_counter()
    assert built(home) == []
    assert time.perf_counter() - began < 0.3


def test_only_what_is_new_is_built(home):
    built(home)
    transfer = [{"bundled": "elsewhere"}]
    more = fleet_spec(problem={"testbed": {"bundled": "made-up"}, "student": {"bundled": "minilm"}, "transfer": transfer})
    assert {what for what, _ in built(home, more)} == {"minilm on elsewhere (reproduction)"}


def test_a_lost_file_is_built_again(home):
    built(home)
    next(home.sealed_features.glob("*.npy")).unlink()
    assert {what.rpartition(" ")[2] for what, _ in built(home)} == {"(reproduction)"}


def test_other_code_of_the_agents_builds_all_anew(home):
    built(home)
    next(home.python.parent.parent.glob("lib/*/site-packages/researchfleet_agent/task.py")).write_text("# changed\n")
    assert len({what for what, _ in built(home)}) == 4


def test_inputs_are_gone_when_it_ends_also_those_that_a_killed_one_left(home):
    (home.features / "tasks-of-a-killed-one").mkdir(parents=True)
    built(home)
    assert sorted(path.name for path in home.features.iterdir() if path.is_dir()) == ["agent", "built", "sealed"]


def test_a_failure_is_told_with_the_builder_s_last_words(home):
    built(home)
    (home.students / "minilm" / "broken").touch()
    next(home.agent_features.glob("*.npy")).unlink()
    with pytest.raises(
        CannotRunError, match=r"researchfleet_agent.features .* ended with status 1:\nthis student is broken"
    ):
        built(home)


def test_an_environment_without_the_agents_code_is_named(home, tmp_path):
    with pytest.raises(CannotRunError, match="make install"):
        built(replace(home, python=tmp_path / "bin" / "python"))
