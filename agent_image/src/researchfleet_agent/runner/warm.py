"""A warm process as its owner sees it: started when first needed, asked over a unix socket."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from researchfleet_agent.runner.child import ONE_THREAD
from researchfleet_agent.runner.messages import RunRequest, RunResult


class RunnerError(RuntimeError):
    """The warm process could not be started or went away: what it printed last."""


class WarmProcess:
    """One `researchfleet_agent.runner.server`. options: its command line after the socket."""

    def __init__(self, options: Sequence[str | Path]) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="runner-")

    def start(self) -> None:
        """Start it, if it does not run, and wait until it is warm."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._socket.unlink(missing_ok=True)
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "researchfleet_agent.runner.server", self._socket, *self._options],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=os.environ | ONE_THREAD | {"TOKENIZERS_PARALLELISM": "false"},
                )
            with cast(IO[bytes], self._process.stdout) as announced:
                if announced.readline() != b"ready\n":
                    self._process.wait()
                    raise RunnerError(f"the runner did not start: {self._last_words()}")

    def ask(self, request: RunRequest) -> RunResult:
        """One run; blocks until it has ended. Raises RunnerError where there is no answer to be had."""
        with self._connect() as connection, connection.makefile("rb") as answers:
            connection.sendall(request.model_dump_json().encode() + b"\n")
            answer = answers.readline()
        if not answer:
            raise RunnerError(f"the runner died during a run: {self._last_words()}")
        return RunResult.model_validate_json(answer)

    def close(self) -> None:
        """End it. Not to be called during a run."""
        with self._lock:
            if self._process is not None:
                cast(IO[bytes], self._process.stdin).close()
                self._process.wait()
                self._process = None
        self._folder.cleanup()

    def _connect(self) -> socket.socket:
        self.start()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._socket))
        except OSError as error:
            connection.close()
            raise RunnerError(f"the runner does not answer ({error.strerror}): {self._last_words()}") from None
        return connection

    def _last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:].strip() or "it printed nothing"

    @property
    def _socket(self) -> Path:
        return Path(self._folder.name) / "socket"

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "log"
