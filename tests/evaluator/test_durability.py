"""The process as it is started, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

import pytest

from tests.evaluator.conftest import FLEET, TOKEN, digest, owner, plan, registration


class Process:
    """An evaluator of its own, asked through its unix socket."""

    def __init__(self, folder: Path, testbeds: Path) -> None:
        self.socket = folder / "socket"
        (folder / "token").write_text(TOKEN)
        self._command = [sys.executable, "-m", "researchfleet_evaluator", "serve"]
        self._command += ["--testbeds", str(testbeds), "--database", f"sqlite:///{folder}/evaluator.db"]
        self._command += ["--listen", f"unix:{self.socket}", "--token-file", str(folder / "token")]

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(self._command, env=environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("it does not answer")

    def stop(self, how: int) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(how)
        return self.process.wait(30)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """One request on a connection of its own."""
        http = HTTPConnection("evaluator", timeout=30)
        http.sock = socket(AF_UNIX, SOCK_STREAM)
        try:
            http.sock.connect(str(self.socket))
            http.request(method, path, json.dumps(body).encode(), {"authorization": f"Bearer {TOKEN}"})
            answer = http.getresponse()
            content = answer.read()
        finally:
            http.close()
        return answer.status, json.loads(content) if content[:1] == b"{" else {}


@pytest.fixture
def process(tmp_path, testbeds):
    started = Process(tmp_path, testbeds.folder)
    started.start()
    yield started
    if started.process.poll() is None:
        started.stop(signal.SIGKILL)


@pytest.mark.slow
def test_a_killed_evaluator_has_every_submission_that_it_acknowledged_once(process, testbeds):
    process.ask("PUT", f"/v1/fleets/{FLEET}", plan())
    predictions = testbeds.toy.predictions(0.75, 0.7)
    acknowledged: dict[str, list[int]] = {}
    many = threading.Semaphore(0)

    def work(writer: int) -> None:
        number = 0
        try:
            while True:
                key, number = f"key-{writer}-{number:06}", number + 1
                body = registration(f"agent-{writer}", digest(f"{writer}"), 2, key)
                _, registered = process.ask("POST", "/v1/experiments", body)
                done = acknowledged.setdefault(registered["experiment"], [])
                for task in registered["seeds"]:
                    sent = {"owner": owner(f"agent-{writer}"), "experiment": registered["experiment"], "seed": task["seed"]}
                    path = f"/v1/experiments/{registered['experiment']}/predictions"
                    status, _ = process.ask("POST", path, {**sent, "predictions": predictions})
                    assert status == 200
                    done.append(task["seed"])
                    many.release()
        except (OSError, HTTPException):
            return  # killed

    for kill in range(3):
        writers = [threading.Thread(target=work, args=(3 * kill + number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        for _ in range(7 + 5 * kill):
            many.acquire()
        assert process.stop(signal.SIGKILL) == -signal.SIGKILL
        for writer in writers:
            writer.join()
        process.start()
    _, scores = process.ask("GET", f"/v1/fleets/{FLEET}/scores")
    kept = {one["experiment"]: one for one in scores["experiments"]}
    assert set(acknowledged) <= set(kept)
    for uid, seeds in acknowledged.items():
        one = kept[uid]
        assert one["delivered"] in {len(seeds), len(seeds) + 1}
        assert (one["finished"] is not None) == (one["delivered"] == 2) == (one["feedback"] is not None)
        sent = {"owner": owner(one["agent"]), "experiment": uid, "predictions": predictions}
        for number, task in enumerate(one["seeds"], start=1):
            answer = process.ask("POST", f"/v1/experiments/{uid}/predictions", {**sent, "seed": task["seed"]})
            assert (answer[0], answer[1]["remaining"]) == (200, 2 - number)
    _, scores = process.ask("GET", f"/v1/fleets/{FLEET}/scores")
    assert {one["experiment"] for one in scores["experiments"] if one["delivered"] == 2} >= set(acknowledged)


def test_a_stopped_evaluator_ends_with_status_0_and_its_socket_is_private(process):
    assert oct(process.socket.stat().st_mode & 0o777) == "0o600"
    assert process.stop(signal.SIGTERM) == 0
