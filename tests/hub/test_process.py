"""The real process: both listeners, kill -9 in the middle of everything, a restart, a graceful stop."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from researchfleet_core.wire.base import IDEMPOTENCY_HEADER
from researchfleet_core.wire.principals import Principal
from researchfleet_core.wire.sync import AttemptReport, SyncRequest
from researchfleet_hub.serving import Listen

from tests.hub.conftest import CODE, FLEET, RUNTIME, agent, experiment, report, setup
from tests.hub.evaluator_double import TOKEN, EvaluatorDouble

pytestmark = pytest.mark.slow


@dataclass
class Process:
    """A hub of its own process over a folder; its sockets stay where they are over restarts."""

    folder: Path
    evaluator: str
    running: subprocess.Popen[bytes] | None = None
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def start(self) -> None:
        """Start it and wait until it answers."""
        files = {"evaluator": TOKEN, "runtime": RUNTIME}
        for name, token in files.items():
            (self.folder / f"{name}.token").write_text(token)
        arguments = {
            "database": f"sqlite:///{self.folder}/hub.db",
            "evaluator": self.evaluator,
            "evaluator-token-file": self.folder / "evaluator.token",
            "snapshots": self.folder / "snapshots",
            "agent-listen": f"unix:{self.folder}/agents.sock",
            "internal-listen": f"unix:{self.folder}/internal.sock",
            "runtime-token-file": self.folder / "runtime.token",
        }
        flags = [part for name, value in arguments.items() for part in (f"--{name}", str(value))]
        command = [sys.executable, "-m", "researchfleet_hub", "serve", *flags]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(command, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})
        for _ in range(6000):
            assert self.running.poll() is None, (self.folder / "log").read_text()
            try:
                if self.internal("GET", "/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                threading.Event().wait(0.01)
        raise TimeoutError((self.folder / "log").read_text())

    def stop(self, name: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.running is not None
        self.running.send_signal(name)
        return self.running.wait(timeout=30)

    def internal(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask as the runtime."""
        return self._client("internal").request(method, path, headers={"Authorization": f"Bearer {RUNTIME}"}, **request)

    def agents(self, token: str, key: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask as an agent."""
        headers = {"Authorization": f"Bearer {token}", IDEMPOTENCY_HEADER: key}
        return self._client("agents").request(method, path, headers=headers, **request)

    def token(self, principal: Principal) -> str:
        """A token."""
        issued = self.internal("POST", "/internal/v1/tokens", json={"principal": principal.model_dump(mode="json")})
        return str(issued.json()["token"])

    def sync(self, *reports: AttemptReport) -> dict[str, Any]:
        """One sync."""
        body = SyncRequest(attempts=list(reports)).model_dump_json()
        return dict(self.internal("POST", f"/internal/v1/fleets/{FLEET}/sync", content=body).json())

    def _client(self, port: str) -> httpx.Client:
        if port not in self.clients:
            transport = httpx.HTTPTransport(uds=f"{self.folder}/{port}.sock", verify=False)
            self.clients[port] = httpx.Client(transport=transport, base_url="http://hub", timeout=30)
        return self.clients[port]


@contextmanager
def hub_process(evaluator: str) -> Iterator[Process]:
    """A process with a fleet; killed at the end if it still runs."""
    # Not pytest's folder: a socket's path has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="rf-hub-") as folder:
        process = Process(Path(folder), evaluator)
        process.start()
        process.internal("PUT", f"/internal/v1/fleets/{FLEET}", content=setup().model_dump_json())
        try:
            yield process
        finally:
            if process.running and process.running.poll() is None:
                process.stop(signal.SIGKILL)
            for client in process.clients.values():
                client.close()


def test_kill_9_loses_nothing_acknowledged_and_a_retry_does_nothing_twice(
    evaluator_behind: tuple[EvaluatorDouble, str], double: EvaluatorDouble
) -> None:
    with hub_process(evaluator_behind[1]) as process:
        tokens = {name: process.token(agent(name)) for name in ("ada", "bob", "eve")}
        digest = process.agents(tokens["ada"], "upload-it", "POST", "/v1/snapshots", json={"files": CODE}).json()["digest"]
        before = process.sync(report("ada"))["ledger"]
        acknowledged: dict[tuple[str, str], str] = {}
        enough = threading.Event()

        def write(name: str) -> tuple[str, str] | None:
            """Write until the hub is gone; the request that got no answer."""
            for number in range(10_000):
                key = f"{name}-{number}-of-many"
                if number % 3:
                    path, body = "/v1/findings", {"type": "result", "title": key, "content": "So it is."}
                else:
                    path, body = "/v1/experiments", experiment(digest)
                try:
                    answer = process.agents(tokens[name], key, "POST", path, json=body)
                except httpx.TransportError:
                    return name, key
                assert answer.status_code == 200, answer.text
                acknowledged[name, key] = answer.text
                if len(acknowledged) > 30:
                    enough.set()
            return None

        with ThreadPoolExecutor(3) as pool:
            writers = [pool.submit(write, name) for name in tokens]
            assert enough.wait(60)
            process.stop(signal.SIGKILL)
            cut_off = [writer.result() for writer in writers]
        assert all(cut_off)

        process.start()
        after = process.sync(report("ada"))["ledger"]
        assert after["amounts"]["usd_nano"]["compute"] >= before["amounts"]["usd_nano"]["compute"]
        for (name, key), first in acknowledged.items():
            is_finding = int(key.split("-")[1]) % 3
            path = "/v1/findings" if is_finding else "/v1/experiments"
            body = {"type": "result", "title": key, "content": "So it is."} if is_finding else experiment(digest)
            assert process.agents(tokens[name], key, "POST", path, json=body).text == first
        page = process.agents(tokens["ada"], "", "GET", "/v1/findings?limit=200").json()["findings"]
        titles = [one["title"] for one in page]
        said = {key for name, key in acknowledged if int(key.split("-")[1]) % 3}
        assert len(titles) == len(set(titles))
        assert said <= set(titles) <= said | {one[1] for one in cut_off if one}
        registered = sum(2 for _, key in acknowledged if int(key.split("-")[1]) % 3 == 0)
        assert registered <= after["amounts"]["evaluations"] <= registered + 2 * 3


def test_a_stop_lets_a_request_finish_that_has_begun(
    evaluator_behind: tuple[EvaluatorDouble, str], double: EvaluatorDouble
) -> None:
    with hub_process(evaluator_behind[1]) as process:
        token = process.token(agent("ada"))
        digest = process.agents(token, "upload-it", "POST", "/v1/snapshots", json={"files": CODE}).json()["digest"]
        uid = process.agents(token, "register", "POST", "/v1/experiments", json=experiment(digest)).json()["experiment"]
        double.gate = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            body = {"seed": 100, "predictions": [0, 1, 0, 1]}
            slow = pool.submit(process.agents, token, "submit-it", "POST", f"/v1/experiments/{uid}/predictions", json=body)
            assert double.submitting.wait(30)
            assert process.running is not None
            process.running.send_signal(signal.SIGTERM)
            double.gate.set()
            assert slow.result().json()["remaining"] == 1
        assert process.running.wait(timeout=30) == 0


def test_where_a_port_listens_is_a_socket_or_a_host_and_port() -> None:
    assert Listen.parse("unix:/run/hub.sock") == Listen(socket=Path("/run/hub.sock"))
    assert Listen.parse("0.0.0.0:8080") == Listen(host="0.0.0.0", port=8080)  # noqa: S104 - parsed, not bound
    assert Listen.parse("[::1]:8080") == Listen(host="::1", port=8080)
    for wrong in ("8080", ":8080", "host:", "host:port", "host:99999"):
        with pytest.raises(ValueError, match="is not allowed"):
            Listen.parse(wrong)
