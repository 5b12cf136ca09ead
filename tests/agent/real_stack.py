"""The real evaluator and the real hub as processes, with a fleet set up; agents' processes against them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

FLEET = "fleet-1"
EVALUATOR_TOKEN, RUNTIME_TOKEN = "evaluator-token-0001", "runtime-token-0001"


def wait_until(condition: Any, seconds: float = 60) -> None:
    """Ask until it is true; nothing here can be waited for in another way: it happens in another process."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


@dataclass
class Stack:
    """A running hub. agent_socket: what a sandbox sees of it."""

    folder: Path
    agent_socket: Path
    internal: httpx.Client
    started: dict[str, datetime] = field(default_factory=dict)

    def set_up(self, testbed: str, students: list[str], **plan: Any) -> None:
        """Say what is scored."""
        wanted = {
            "fleet_uid": FLEET,
            "fleet": "fleet",
            "testbed": testbed,
            "transfer": [],
            "students": students,
            "feedback": "ladder",
            "seeds": 3,
            "finalists": 1,
            "reproduction_seeds": 3,
        } | plan
        body = {"fleet_uid": FLEET, "fleet": "fleet", "plan": wanted, "limits": {}, "agent_limits": {}, "prices": {}}
        self.internal.put(f"/internal/v1/fleets/{FLEET}", json=body).raise_for_status()

    def token(self, agent: str, **principal: Any) -> str:
        """A token for the only attempt of an agent, or of a reproduction."""
        whole = {"role": "agent", "fleet_uid": FLEET, "agent": agent, "agent_uid": f"{agent}-uid", "attempt": 1}
        whole |= {"attempt_uid": f"{agent}-1"} | principal
        answer = self.internal.post("/internal/v1/tokens", json={"principal": whole})
        return str(answer.raise_for_status().json()["token"])

    def sync(self, directive: str = "continue", nominate: bool = False, **agents: Any) -> dict[str, Any]:
        """One poll of the runtime; agents by name, with what differs from a running attempt."""
        attempts = [
            {"uid": f"{name}-1", "agent": name, "agent_uid": f"{name}-uid", "number": 1, "directive": directive}
            | {"started": self.started.setdefault(name, datetime.now(UTC)).isoformat()}
            | changes
            for name, changes in agents.items()
        ]
        body = {"attempts": attempts, "nominate": nominate}
        answer = self.internal.post(f"/internal/v1/fleets/{FLEET}/sync", json=body)
        return dict(answer.raise_for_status().json())

    def get(self, what: str) -> Any:
        """scores, findings or ledger."""
        return self.internal.get(f"/internal/v1/fleets/{FLEET}/{what}").raise_for_status().json()


@contextmanager
def real_stack(testbeds: Path) -> Iterator[Stack]:
    """Evaluator and hub over unix sockets in a folder of their own (a socket's path has 107 characters at most)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rf-")))
        (folder / "evaluator.token").write_text(EVALUATOR_TOKEN)
        (folder / "runtime.token").write_text(RUNTIME_TOKEN)
        commands = {
            "evaluator": [
                *("--testbeds", testbeds, "--database", f"sqlite:///{folder}/evaluator.db"),
                *("--listen", f"unix:{folder}/evaluator.sock", "--token-file", folder / "evaluator.token"),
            ],
            "hub": [
                *("--database", f"sqlite:///{folder}/hub.db", "--snapshots", folder / "snapshots"),
                *("--evaluator", f"unix:{folder}/evaluator.sock", "--evaluator-token-file", folder / "evaluator.token"),
                *("--agent-listen", f"unix:{folder}/agent.sock", "--internal-listen", f"unix:{folder}/internal.sock"),
                *("--runtime-token-file", folder / "runtime.token"),
            ],
        }
        for name, options in commands.items():
            command = [sys.executable, "-m", f"researchfleet_{name}", "serve", *map(str, options)]
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"})
            stack.callback(process.wait)
            stack.callback(process.kill)
        transport = httpx.HTTPTransport(uds=str(folder / "internal.sock"))
        headers = {"authorization": f"Bearer {RUNTIME_TOKEN}"}
        internal = stack.enter_context(
            httpx.Client(transport=transport, base_url="http://hub", headers=headers, timeout=60, trust_env=False)
        )
        for socket in ("evaluator.sock", "agent.sock", "internal.sock"):
            wait_until((folder / socket).exists)
        yield Stack(folder, folder / "agent.sock", internal)


@contextmanager
def sandbox(command: str, token: str, stack: Stack, workspace: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m researchfleet_agent command` as a runtime starts it, but in no sandbox; its output is in the workspace."""
    reading, writing = os.pipe()
    os.write(writing, token.encode())
    os.close(writing)
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / "output.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "researchfleet_agent", command],
            pass_fds=[reading],
            cwd=workspace,
            start_new_session=True,  # so that it can be killed as a whole, as its sandbox would be
            stdout=log,
            stderr=log,
            env=os.environ
            | {
                "OMP_NUM_THREADS": "1",
                "HOME": str(workspace),
                "RESEARCHFLEET_TOKEN_FD": str(reading),
                "RESEARCHFLEET_UPSTREAM": f"unix:{stack.agent_socket}",
                "RESEARCHFLEET_WORKSPACE": str(workspace),
            }
            | environ,
        )
    os.close(reading)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
