"""A snapshot's code cannot reach what is not its own run's."""

import os
import socket
from pathlib import Path

import pytest
from researchfleet_agent.reproduce import confinement, driver, landlock

from tests.agent.reproduce import conftest
from tests.agent.reproduce.conftest import ReproductionHub, archive, snapshot
from tests.agent.reproduce.hostile import ATTACKS

HOSTILE = (Path(__file__).parent / "hostile.py").read_text()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def attacks(sandbox, listener, monkeypatch):
    """Runs the hostile snapshot; the names of the attacks that worked, by run."""
    monkeypatch.setattr(conftest, "TEST", len(ATTACKS) + 1)

    def run(runs=1):
        places = {
            "@WORKSPACE@": str(sandbox.settings.workspace),
            "@STUDENTS@": str(sandbox.settings.students),
            "@DRIVER@": str(os.getpid()),
            "@PORT@": str(listener),
        }
        program = HOSTILE
        for name, value in places.items():
            program = program.replace(name, value)
        results = sandbox.reproduce(ReproductionHub(archive(runs), snapshot(program)))
        names = [attack.__name__ for attack in ATTACKS]
        return {
            run: [name for name, worked in zip(names, one["predictions"], strict=False) if worked]
            for run, one in results.items()
        }

    return run


@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock does not know all that is tried")
def test_no_attack_works_and_the_runs_beside_it_are_what_they_were(attacks, sandbox):
    assert attacks(4) == {f"r-{i}": [] for i in range(4)}
    assert not (sandbox.settings.workspace / "mark").exists()
    assert sorted((sandbox.settings.workspace / "delivered").read_text().split()) == [f"r-{i}" for i in range(4)]


@pytest.fixture
def no_landlock(monkeypatch):
    """As on a kernel without it. A run is a fork of another process, so it is told where its program is written."""
    program = "import researchfleet_agent.reproduce.landlock as landlock\nlandlock.version = lambda: 0\n"
    monkeypatch.setattr(confinement, "_PROGRAM", program + confinement._PROGRAM)
    monkeypatch.setattr(landlock, "version", lambda: 0)


@pytest.mark.usefixtures("no_landlock")
def test_the_attacks_are_real_where_nothing_confines_them(attacks):
    assert attacks()["r-0"] == [attack.__name__ for attack in ATTACKS]


@pytest.mark.usefixtures("no_landlock")
def test_without_landlock_runs_are_made_one_after_the_other_on_their_own_copies(sandbox, monkeypatch):
    pools = []
    whole = driver.ThreadPoolExecutor

    def counted(workers, **options):
        pools.append(workers)
        return whole(workers, **options)

    monkeypatch.setattr(driver, "ThreadPoolExecutor", counted)
    spoil = (
        "import sys, json; from pathlib import Path\n"
        "student = Path(sys.argv[sys.argv.index('--student') + 1]) / 'config.json'\n"
        "whole = 'of' in student.read_text(); student.write_text('{}')\n"
        "Path(sys.argv[-1]).write_text(json.dumps([float(whole)] * 8))\n"
    )
    results = sandbox.reproduce(ReproductionHub(archive(4), snapshot(spoil)))
    assert pools == [1]
    assert [results[f"r-{i}"]["predictions"][0] for i in range(4)] == [1.0] * 4


def test_what_a_run_leaves_running_is_dead_before_its_result_is_read(sandbox):
    leaves = (
        "import os, sys, time, json\n"
        "out = sys.argv[-1]\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        open('pid', 'w').write(str(os.getpid()))\n"
        "        while True: open(out, 'w').write(json.dumps([1.0] * 8))\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "while not (os.path.exists('pid') and open('pid').read()): pass\n"
        "print('left', open('pid').read())\n"
    )
    sandbox.reproduce(ReproductionHub(archive(1), snapshot(leaves)))
    log = (sandbox.settings.workspace / "logs" / "r-0.log").read_text()
    [pid] = [line.split()[1] for line in log.splitlines() if line.startswith("left ")]
    assert not Path(f"/proc/{pid}").exists()
