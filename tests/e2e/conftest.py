"""A real MinIO for the tests marked e2e, on loopback, with data of its own; stopped by its process id."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest


@dataclass(frozen=True)
class MinioServer:
    """Where the server answers, and its process, so that a test can kill it and start it again."""

    endpoint: str
    access_key: str
    secret_key: str
    folder: Path
    binary: str

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it is ready."""
        environment = {**os.environ, "MINIO_ROOT_USER": self.access_key, "MINIO_ROOT_PASSWORD": self.secret_key}
        command = [
            self.binary,
            "server",
            str(self.folder),
            "--address",
            self.endpoint,
            "--console-address",
            "127.0.0.1:0",
            "--quiet",
        ]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_ready(self.endpoint, process)
        return process


def wait_until_ready(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for the health route; a server that died is an error at once."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, f"minio exited with {process.returncode}"
        try:
            if httpx.get(f"http://{endpoint}/minio/health/ready", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"minio did not become ready at {endpoint}")


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MinioServer]:
    """A MinIO that stays up for all e2e tests."""
    binary = shutil.which("minio")
    assert binary, "minio is not on PATH: run `make e2e`, which builds it"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = MinioServer(f"127.0.0.1:{port}", "e2e-access", "e2e-secret-key", tmp_path_factory.mktemp("minio"), binary)
    process = server.start()
    yield server
    process.terminate()
    process.wait(timeout=20)
