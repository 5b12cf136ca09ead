"""The relay as a real process with a real child."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from researchfleet_agent.relay.child import Child

from tests.agent.processes import TOKEN, first_process, free_port

HERE = Path(__file__).parent


def relay_with(*command: str, **environ: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """The relay on a port of its own, and `command` behind it."""
    own = {"RESEARCHFLEET_UPSTREAM": "unix:/nonexistent/hub.sock", "RESEARCHFLEET_RELAY": f"127.0.0.1:{free_port()}"}
    return first_process(HERE / "first_process.py", *command, **own | environ)


def hunt(*options: str) -> dict[str, str]:
    with relay_with(*options, sys.executable, str(HERE / "token_hunter.py"), HUNTED_BACKWARDS=TOKEN[::-1]) as process:
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    return {" ".join(line.split()[:2]): " ".join(line.split()[2:]) for line in output.splitlines()}


def test_the_researcher_finds_the_token_nowhere():
    assert hunt() == {
        "relay files": "PermissionError",
        "relay descriptors": "PermissionError",
        "relay memory": "PermissionError",
        "own files": "nothing",
        "own descriptors": "nothing",
        "own inherited": "[]",
    }


def test_the_hunter_is_able_to_find_the_token_in_a_relay_that_is_not_private():
    assert hunt("--readable")["relay memory"] == "found"


@pytest.mark.parametrize(
    ("code", "status"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 128 + 9), ("", 0)]
)
def test_it_ends_as_the_researcher_ends(code, status):
    with relay_with(sys.executable, "-c", code) as process:
        assert process.wait(timeout=30) == status


def test_a_termination_is_passed_on_and_the_researcher_may_finish():
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()"
    )
    with relay_with("--readable", sys.executable, "-c", code) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(only_child(process.pid), signal.SIGTERM)
        assert process.wait(timeout=30) == 3


def test_orphans_are_reaped():
    code = (
        "import os, time\n"
        "reading, writing = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        os.write(writing, str(os.getpid()).encode().ljust(10))\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "orphan = int(os.read(reading, 10))\n"
        "end = time.monotonic() + 20\n"
        "while os.path.exists(f'/proc/{orphan}') and time.monotonic() < end: os.sched_yield()\n"
        "raise SystemExit(os.path.exists(f'/proc/{orphan}'))"
    )
    with relay_with(sys.executable, "-c", code) as process:
        assert process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_told_with_the_variable():
    with socket.create_server(("127.0.0.1", 0)) as other:
        environ = {"RESEARCHFLEET_RELAY": f"127.0.0.1:{other.getsockname()[1]}"}
        with relay_with(sys.executable, "-c", "", **environ) as process:
            _, told = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "RESEARCHFLEET_RELAY" in told
    assert "cannot be listened at: Address already in use" in told


async def test_the_child_is_not_told_where_the_token_is():
    given = {"RESEARCHFLEET_TOKEN_FD": "3", "RESEARCHFLEET_TOKEN_FILE": "/x", "RESEARCHFLEET_SEED": "1"}
    told = "any('FLEET_TOKEN' in name for name in os.environ)"
    code = f"import os; raise SystemExit({told} or os.environ['RESEARCHFLEET_SEED'] != '1')"
    child = Child([sys.executable, "-c", code], {**os.environ, **given})
    child.start()
    assert await child.exit_status() == 0


def only_child(pid: int) -> int:
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)
