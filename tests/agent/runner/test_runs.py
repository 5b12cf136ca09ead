"""What becomes of a run, good or bad."""

import json
import os
import select
import tempfile
import threading
from pathlib import Path

import pytest
from researchfleet_agent.runner import Limits, RunnerError, Status


def test_a_run_gets_the_documented_arguments_and_its_predictions_arrive(bench):
    result = bench.run("""
        import argparse
        parser = argparse.ArgumentParser()
        for name in ("task", "weak-labels", "student", "seed", "out"):
            parser.add_argument(f"--{name}", required=True)
        given = parser.parse_args()
        assert given.seed == "7"
        assert Path(given.task, "task.json").is_file() and Path(given.weak_labels).is_file()
        assert __name__ == "__main__"
        print("hello")
        OUT.write_text("[0, 1, 0.25]")
    """)
    assert (result.status, result.reason, result.log, result.left) == (Status.OK, "", "hello\n", 0)
    assert json.loads(bench.out.read_text()) == [0, 1, 0.25]


def test_a_snapshot_may_import_what_lies_beside_its_entry(bench):
    bench.run("")
    (bench.folder / "snapshot" / "beside.py").write_text("ROWS = [1, 1, 1]")
    assert bench.run("import beside; OUT.write_text(json.dumps(beside.ROWS))").status is Status.OK


def test_a_run_that_raises_has_failed_and_its_last_line_says_why(bench):
    result = bench.run("raise ValueError('no such direction')")
    assert (result.status, result.reason) == (Status.FAILED, "it ended with status 1: ValueError: no such direction")
    assert "Traceback" in result.log
    assert not bench.out.exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("sys.exit(3)", "it ended with status 3"),
        ("sys.exit('out of ideas')", "it ended with status 1: out of ideas"),
        ("os.kill(os.getpid(), 11)", "it ended by SIGSEGV"),
        ("os._exit(0)", "predictions.json: no such file"),
    ],
)
def test_a_run_that_ends_early_is_no_result(bench, program, reason):
    result = bench.run(program)
    assert result.status in (Status.FAILED, Status.INVALID)
    assert reason.replace("ended by", "was ended by") in result.reason


def test_a_run_past_its_time_is_killed(bench):
    result = bench.run("print('begun', flush=True); time.sleep(600)", Limits(seconds=0.3))
    assert (result.status, result.reason) == (Status.TIMEOUT, "it did not end within 0.3 s")
    assert 0.3 <= result.seconds < 5
    assert result.log == "begun\n"


def test_a_process_that_hid_in_a_session_of_its_own_is_killed_after_the_run(bench, alive):
    result = bench.run("""
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    Path(OUT.parents[0] / "x").write_text("x")
                    os.write(1, f"{os.getpid()}\\n".encode())
                    time.sleep(600)
                os._exit(0)
            os.wait()
        while os.read(0, 1): pass
        OUT.write_text("[1, 1, 1]")
    """)
    hidden = [int(line) for line in result.log.split()]
    assert result.status is Status.OK
    assert result.left == 3
    assert not any(alive(process) for process in hidden)


def test_a_client_that_hangs_up_takes_its_run_along(bench, runner):
    told = bench.folder / "told"
    os.mkfifo(told)
    connections = []
    connect = runner._light._connect
    runner._light._connect = lambda: connections.append(connect()) or connections[-1]
    try:
        program = f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

        def run_in_vain() -> None:
            with pytest.raises(RunnerError):
                bench.run(program)

        thread = threading.Thread(target=run_in_vain)
        thread.start()
        process = int(told.read_text())
        handle = os.pidfd_open(process)
        connections[0].shutdown(2)
        assert select.select([handle], [], [], 10)[0], "the run outlived its client"
        thread.join()
    finally:
        runner._light._connect = connect


def test_of_a_huge_log_the_end_is_kept(bench):
    result = bench.run(
        "for n in range(200_000): print(f'line {n} ' + 'x' * 80)\nOUT.write_text('[0, 0, 0]')", Limits(log=1000)
    )
    assert result.status is Status.OK
    assert len(result.log) <= 1000
    assert result.log.endswith("line 199999 " + "x" * 80 + "\n")


def test_a_run_has_a_folder_of_its_own_that_goes_with_it(bench):
    result = bench.run("""
        import tempfile
        folder = tempfile.gettempdir()
        assert folder == os.environ["TMPDIR"] == os.environ["HOME"] == os.getcwd()
        Path("left").write_text("something")
        print(folder)
        OUT.write_text("[0, 0, 0]")
    """)
    assert result.status is Status.OK, result.log
    assert Path(result.log.strip()).parent == Path(tempfile.gettempdir())
    assert not Path(result.log.strip()).exists()


def test_a_run_does_not_see_the_environment_of_its_agent(bench, monkeypatch):
    monkeypatch.setenv("SECRET", "s")
    result = bench.run("print(sorted(os.environ)); OUT.write_text('[0, 0, 0]')")
    assert "SECRET" not in result.log
    assert "OMP_NUM_THREADS" in result.log


def test_runs_share_nothing(bench):
    bench.run("import json; json.left_behind = 1; OUT.write_text('[0, 0, 0]')")
    assert bench.run("assert not hasattr(json, 'left_behind'); OUT.write_text('[0, 0, 0]')").status is Status.OK


def test_memory_beyond_the_limit_is_an_error_in_the_run(bench):
    result = bench.run("import numpy; numpy.ones(400 << 20, numpy.uint8)", Limits(memory=200 << 20))
    assert result.status is Status.FAILED
    assert "MemoryError" in result.reason


def test_a_file_beyond_the_limit_is_an_error_in_the_run(bench):
    result = bench.run("Path('big').write_bytes(b'x' * 3_000_000)", Limits(file=1_000_000))
    assert result.status is Status.FAILED
    assert "SIGXFSZ" in result.reason or "File too large" in result.reason


def test_a_bad_run_leaves_an_older_result_as_it_was(bench):
    bench.out.write_text("[1, 1, 1]")
    bench.run("OUT.write_text('[2, 2, 2]')")
    assert bench.out.read_text() == "[1, 1, 1]"


def test_a_snapshot_without_a_manifest_has_failed(bench):
    bench.run("")
    (bench.folder / "snapshot" / "manifest.json").unlink()
    result = bench.again()
    assert result.status is Status.FAILED
    assert "manifest.json" in result.reason


def test_an_error_of_the_runner_itself_is_told(bench):
    bench.out.mkdir()
    with pytest.raises(RunnerError, match="IsADirectoryError"):
        bench.run("OUT.write_text('[0, 0, 0]')")


def test_a_run_that_breaks_its_own_output_still_ends_as_itself(bench):
    result = bench.run("OUT.write_text('[0, 0, 0]'); sys.stdout = None")
    assert (result.status, result.left) == (Status.OK, 0)
