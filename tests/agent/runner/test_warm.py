"""The warm processes behind the runner."""

import json
from pathlib import Path

import numpy as np
import pytest
from researchfleet_agent.methods import Pipeline, snapshot_files
from researchfleet_agent.runner import Limits, Runner, RunnerError, Slots, Status
from researchfleet_agent.runner.runner import fits_heads_only
from researchfleet_agent.runner.warm import WarmProcess


def threads(runner: WarmProcess) -> int:
    assert runner._process is not None
    return len(list(Path(f"/proc/{runner._process.pid}/task").iterdir()))


def test_only_pipelines_of_heads_go_to_the_light_process(tmp_path):
    def written(files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return tmp_path

    heads = Pipeline.of("hard-labels", "bagged-ensemble")
    assert fits_heads_only(written(snapshot_files(heads, "t")))
    tuned = Pipeline.from_json({"steps": [{"method": "hard-labels", "parameters": {"fit": "top"}}]})
    assert not fits_heads_only(written(snapshot_files(tuned, "t")))
    assert not fits_heads_only(written({"manifest.json": json.dumps({"parameters": {"own": "code"}})}))
    assert not fits_heads_only(tmp_path / "nowhere")


def test_the_light_process_has_one_thread_and_no_torch(bench):
    result = bench.run("print('torch' in sys.modules, 'numpy' in sys.modules); OUT.write_text('[0, 0, 0]')")
    assert result.log == "False True\n"
    assert threads(bench.runner._light) == 1


def test_a_warm_process_that_was_killed_is_started_again(bench):
    with Runner() as runner:
        assert bench.run("OUT.write_text('[0, 0, 0]')", runner=runner).status is Status.OK
        assert runner._light._process is not None
        runner._light._process.kill()
        runner._light._process.wait()
        assert bench.run("OUT.write_text('[0, 0, 1]')", runner=runner).status is Status.OK


def test_a_warm_process_that_cannot_start_says_why():
    process = WarmProcess(["--nonsense"])
    with pytest.raises(RunnerError, match="unrecognized arguments: --nonsense"):
        process.start()


def test_a_run_waits_for_a_slot_before_its_time_begins(bench, tmp_path):
    (tmp_path / "slots").mkdir()
    (tmp_path / "slots" / "0").touch()
    slots = Slots(tmp_path / "slots")
    with Runner(slots=slots) as runner:
        bench.run("OUT.write_text('[0, 0, 0]')", runner=runner)
        holding = slots.taken()
        holding.__enter__()
        slots._sleep = lambda _: holding.__exit__(None, None, None)
        result = bench.run("OUT.write_text('[0, 0, 0]')", Limits(seconds=5), runner=runner)
    assert result.status is Status.OK


@pytest.mark.slow
def test_a_fork_of_the_process_with_torch_fine_tunes_a_student(bench, runner, tiny_student, tmp_path):
    pipeline = Pipeline.from_json({"steps": [{"method": "hard-labels", "parameters": {"fit": "top"}}]})
    (tmp_path / "tuned").mkdir()
    for name, text in snapshot_files(pipeline, "t").items():
        (tmp_path / "tuned" / name).write_text(text)
    results = []
    for _ in range(2):
        result = runner.run(
            snapshot=tmp_path / "tuned",
            task=tmp_path / "task",
            weak_labels=tmp_path / "task" / "weak" / "0.npy",
            student=tiny_student,
            seed=1,
            out=bench.out,
        )
        assert result.status is Status.OK, result
        results.append(json.loads(bench.out.read_text()))
    assert threads(runner._torch) == 1
    assert results[0] == results[1]
    assert np.shape(results[0]) == (3,)
