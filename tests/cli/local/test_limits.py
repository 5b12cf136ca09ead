"""What a sandbox may hold, and that it ends when it holds more, and nothing else does."""

import asyncio
import os
from dataclasses import replace

import pytest
from researchfleet.local.sandbox import watch
from researchfleet.local.sandbox.bubblewrap import Bubblewrap
from researchfleet.local.sandbox.disk import measure
from researchfleet.local.sandbox.order import Limits
from researchfleet.local.sandbox.unconfined import Unconfined
from researchfleet_core.reasons import EndReason

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _disks_are_walked_often(monkeypatch):
    monkeypatch.setattr(watch, "DISK_INTERVAL", 0.5)


SMALL = Limits(memory=96 * MIB, processes=24, disk=8 * MIB)

# Each is bounded by itself, should the watch fail: the test then fails, the machine does not.
FORK_BOMB = """
import os, time
while sum(name.isdigit() for name in os.listdir("/proc")) < 2000:
    os.fork()
time.sleep(20)
"""
THREAD_BOMB = """
import threading, time
for _ in range(100):
    threading.Thread(target=time.sleep, args=(20,)).start()
"""
MEMORY_BOMB = """
import time
held = [bytearray(b"x" * (1 << 20)) for _ in range(400)]
time.sleep(20)
"""
SHARED_OUT_BOMB = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = b"x" * (30 << 20)
        time.sleep(20)
time.sleep(20)
"""
TMPFS_BOMB = """
import time
for number in range(400):
    try:
        with open(f"{'/tmp' if number % 2 else '/dev/shm'}/{number}", "wb") as file:
            file.write(b"x" * (1 << 20))
    except OSError:
        continue
time.sleep(20)
"""
MEMFD_BOMB = """
import os, time
held = [os.memfd_create(str(number)) for number in range(50)]
for file in held:
    os.write(file, b"x" * (4 << 20))
time.sleep(20)
"""
DISK_BOMB = """
import time
for number in range(60):
    with open(f"/workspace/{number}", "wb") as file:
        file.write(b"x" * (1 << 20))
time.sleep(20)
"""
SMALL_FILES_BOMB = """
import pathlib, time
for number in range(4000):
    pathlib.Path(f"/workspace/{number}").touch()
time.sleep(20)
"""
NAMELESS_BOMB = """
import os, time
held = []
for number in range(30):
    held.append(open(f"/workspace/{number}", "wb"))
    os.unlink(f"/workspace/{number}")
    held[-1].write(b"x" * (1 << 20))
    held[-1].flush()
time.sleep(20)
"""
TALKER = """
import sys, time
for _ in range(30):
    try:
        sys.stdout.write("x" * (1 << 20))
        sys.stdout.flush()
    except OSError:
        break
time.sleep(20)
"""


@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        (FORK_BOMB, EndReason.PROCESS_LIMIT),
        (THREAD_BOMB, EndReason.PROCESS_LIMIT),
        (MEMORY_BOMB, EndReason.MEMORY_LIMIT),
        (SHARED_OUT_BOMB, EndReason.MEMORY_LIMIT),
        (TMPFS_BOMB, EndReason.MEMORY_LIMIT),
        (MEMFD_BOMB, EndReason.MEMORY_LIMIT),
        (DISK_BOMB, EndReason.DISK_LIMIT),
        (SMALL_FILES_BOMB, EndReason.DISK_LIMIT),
        (NAMELESS_BOMB, EndReason.DISK_LIMIT),
        (TALKER, EndReason.DISK_LIMIT),
    ],
    ids=["forks", "threads", "memory", "many small", "tmpfs", "memfd", "files", "empty files", "nameless files", "output"],
)
def test_a_bomb_ends_its_sandbox_with_the_right_reason(sandboxes, bomb, reason):
    limits = replace(SMALL, memory=800 * MIB) if reason is EndReason.PROCESS_LIMIT else SMALL
    assert sandboxes.run(bomb, limits=limits).reason is reason


@pytest.mark.parametrize(("bomb", "reason"), [(THREAD_BOMB, EndReason.PROCESS_LIMIT), (MEMORY_BOMB, EndReason.MEMORY_LIMIT)])
def test_without_a_sandbox_the_same_limits_hold(sandboxes, bomb, reason):
    assert sandboxes.run(bomb, limits=SMALL, kind=Unconfined).reason is reason


async def test_a_bomb_leaves_the_others_alone(sandboxes):
    confinement = Bubblewrap(sandboxes.shown)
    busy = sandboxes.order(
        "import time; began = time.monotonic()\nwhile time.monotonic() < began + 1.5: pass\nprint(1)", name="busy"
    )
    bomb = sandboxes.order(FORK_BOMB, name="bomb", limits=replace(SMALL, memory=800 * MIB))
    worked, blown = await asyncio.gather(sandboxes.live(confinement, busy), sandboxes.live(confinement, bomb))
    assert (worked.status, worked.reason, worked.told) == (0, None, 1)
    assert blown.reason is EndReason.PROCESS_LIMIT


def test_memory_that_forks_share_counts_once(sandboxes):
    ended = sandboxes.run(
        """
        import os, time
        held = b"x" * (60 << 20)
        children = [os.fork() or time.sleep(1.5) or os._exit(0) for _ in range(6)]
        [os.wait() for _ in children]
        """,
        limits=replace(SMALL, memory=128 * MIB),
    )
    assert (ended.status, ended.reason) == (0, None)


def test_a_file_cannot_grow_beyond_the_whole_disk_limit(sandboxes):
    ended = sandboxes.run(
        """
        try:
            with open("/workspace/x", "wb", buffering=0) as file:
                while file.write(b"x" * (1 << 20)): pass
        except OSError as error:
            print(error.errno)
        """,
        limits=SMALL,
    )
    assert ended.told == 27  # EFBIG


def test_what_is_nested_too_deep_or_made_unreadable_counts_as_too_much(tmp_path):
    deep = tmp_path
    for _ in range(20):
        deep = deep / ("d" * 200)
        deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    os.mkdir("d" * 200, dir_fd=here)
    os.close(here)
    assert measure(tmp_path, 10 * MIB) > 10 * MIB


def test_links_are_not_followed_and_sparse_files_cost_what_they_take(tmp_path):
    (tmp_path / "out").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(64 * MIB)
    assert measure(tmp_path, 1 << 40) < MIB
