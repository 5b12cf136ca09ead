import fcntl
import os
import subprocess
import sys

import pytest
from researchfleet_agent.runner import Slots


@pytest.fixture
def folder(tmp_path):
    for slot in ("0", "1"):
        (tmp_path / slot).touch()
    return tmp_path


class ImpatienceError(Exception):
    pass


def refuse_to_wait(_: float) -> None:
    raise ImpatienceError


def test_there_are_as_many_runs_at_once_as_files(folder):
    slots = Slots(folder, sleep=refuse_to_wait)
    with slots.taken(), slots.taken(), pytest.raises(ImpatienceError), slots.taken():
        pass
    with slots.taken():
        pass


def test_who_waits_gets_the_slot_that_becomes_free(folder):
    holders = [os.open(folder / slot, os.O_RDONLY) for slot in ("0", "1")]
    for holder in holders:
        fcntl.flock(holder, fcntl.LOCK_EX)
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            os.close(holders[1])

    with Slots(folder, sleep=wait).taken():
        assert len(waits) == 3


def test_a_slot_is_free_again_when_its_holder_is_killed(folder):
    program = f"""
from pathlib import Path
from researchfleet_agent.runner.slots import Slots
slots = Slots(Path({str(folder)!r}))
with slots.taken(), slots.taken():
    print("taken", flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"taken\n"
        with pytest.raises(ImpatienceError), Slots(folder, sleep=refuse_to_wait).taken():
            pass
        holder.kill()
        holder.wait()
        with Slots(folder, sleep=refuse_to_wait).taken():
            pass


def test_without_a_folder_there_is_no_limit(monkeypatch, tmp_path):
    monkeypatch.delenv("RESEARCHFLEET_SLOTS", raising=False)
    with Slots.from_environment().taken(), Slots(tmp_path).taken():
        pass
    monkeypatch.setenv("RESEARCHFLEET_SLOTS", str(tmp_path))
    assert Slots.from_environment().folder == tmp_path


def test_a_folder_one_may_not_write_to_will_do(folder):
    folder.chmod(0o555)
    for file in folder.iterdir():
        file.chmod(0o444)
    with Slots(folder, sleep=refuse_to_wait).taken():
        pass
