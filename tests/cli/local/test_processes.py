"""Nothing that was started outlives its runtime, and nothing else is ever ended."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from researchfleet.local.processes import Child, Identity, Launch, end_all

SLEEP = [sys.executable, "-c", "import time; time.sleep(30)"]


def launch(command, **how):
    return Launch(program=Path(command[0]), command=command, environment=how.pop("environment", {}), **how)


async def test_a_child_gets_its_descriptors_limits_environment_and_nothing_else(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"hello")
    os.close(writer)
    program = (
        "import os, resource, sys\n"
        "print(os.read(3, 9).decode(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], os.nice(0), dict(os.environ),\n"
        "      sys.argv[1:], sorted(os.listdir('/proc/self/fd'))[:-1], open('/proc/self/oom_score_adj').read().strip())"
    )
    order = launch([sys.executable, "-I", "-c", program, "x"], environment={"LC_ALL": "C"}, descriptors={3: reader})
    child = Child(replace(order, limits={"RLIMIT_NOFILE": 64}, nice=3, oom_score=700), tmp_path / "log")
    os.close(reader)
    assert await child.exit_status() == 0
    nice = os.nice(0) + 3
    assert (tmp_path / "log").read_text().strip() == f"hello 64 {nice} {{'LC_ALL': 'C'}} ['x'] ['0', '1', '2', '3'] 700"


async def test_a_child_that_is_killed_by_a_signal_ends_with_128_and_its_number(tmp_path):
    child = Child(launch(SLEEP), tmp_path / "log")
    child.signal(signal.SIGTERM)
    assert await child.exit_status() == 128 + signal.SIGTERM
    child.kill()
    child.signal(signal.SIGTERM)


async def test_a_child_that_does_not_end_when_asked_is_killed_with_its_group(tmp_path, until):
    stubborn = "import os, signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print(os.fork(), flush=True); time.sleep(30)"
    child = Child(launch([sys.executable, "-c", stubborn]), tmp_path / "log")
    await until(lambda: len((tmp_path / "log").read_text().split()) == 2)
    grandchild = Identity.of(max(int(pid) for pid in (tmp_path / "log").read_text().split()))
    assert await child.stop(0.05) == 128 + signal.SIGKILL
    await until(lambda: not grandchild.alive)


async def test_children_die_with_a_runtime_that_is_killed(tmp_path, until):
    runtime = f"""
import asyncio, sys
from pathlib import Path
from researchfleet.local.processes import Child, Launch
async def main():
    command = {SLEEP!r}
    child = Child(Launch(program=Path(command[0]), command=command, environment={{}}), Path({str(tmp_path / "log")!r}))
    print(child.pid, flush=True)
    await child.exit_status()
asyncio.run(main())
"""
    command = [sys.executable, "-c", runtime]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        child = Identity.of(int(process.stdout.readline()))
        assert child.alive
        process.kill()
    await until(lambda: not child.alive)


async def test_a_sandbox_whose_runtime_dies_before_it_gave_the_token_runs_nothing(sandboxes, until):
    runtime = f"""
import asyncio, sys
from pathlib import Path
from researchfleet.local.processes import children
from researchfleet.local.sandbox.bubblewrap import Bubblewrap
from researchfleet.local.sandbox.order import Limits, Order, Shown
async def main():
    place = Path({str(sandboxes.folder)!r})
    shown = Shown(Path({str(sandboxes.shown.python)!r}), place / "students", place / "slots", place / "door", [])
    limits = Limits(1 << 28, 32, 1 << 25)
    variables = {{"RESEARCHFLEET_DIRECTION": "sleep"}}
    order = Order("a", ["-m", "researchfleet_agent", "agent"], variables, place / "students", None, limits, "token")
    box = await Bubblewrap(shown).prepare(order, place / "log")
    [first] = children(box.identity.pid)
    print(box.identity.pid, first, *children(first), flush=True)
    await asyncio.sleep(30)
asyncio.run(main())
"""
    command = [sys.executable, "-c", runtime]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        inside = [Identity.of(int(pid)) for pid in process.stdout.readline().split()]
        assert len(inside) >= 2
        process.kill()
    await until(lambda: not any(one and one.alive for one in inside))
    assert (sandboxes.folder / "log").read_text() == ""


def test_a_process_of_an_earlier_runtime_is_ended_with_its_group():
    process = subprocess.Popen(SLEEP, start_new_session=True)
    end_all([Identity.of(process.pid)])
    assert process.wait() == -signal.SIGKILL


def test_a_pid_that_means_another_process_now_is_left_alone():
    with subprocess.Popen(SLEEP) as process:
        mine = Identity.of(process.pid)
        end_all([replace(mine, ticks=mine.ticks - 1), replace(mine, boot="another"), Identity(2**22 + 1, 1, mine.boot)])
        assert mine.alive
        process.kill()


def test_a_process_that_does_not_end_is_named():
    class Immortal(Identity):
        alive = True

    with subprocess.Popen(SLEEP) as process, pytest.raises(TimeoutError, match=f"process {process.pid} "):
        mine = Identity.of(process.pid)
        end_all([Immortal(mine.pid, mine.ticks, mine.boot)], patience=0.05)
