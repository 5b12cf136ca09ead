"""The side that asks for runs."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from researchfleet_agent.features import FEATURES
from researchfleet_agent.runner.child import ONE_THREAD
from researchfleet_agent.runner.messages import Limits, RunRequest, RunResult
from researchfleet_agent.runner.slots import Slots


class RunnerError(RuntimeError):
    """The warm process could not be started or went away: what it printed last."""


class Runner:
    """Runs snapshots, each in a fork of one warm process. May be shared by threads; each call is one run.

    students: whose model classes are imported beforehand. slots: how many runs at once (default: RESEARCHFLEET_SLOTS).
    """

    def __init__(self, students: Sequence[Path] = (), *, slots: Slots | None = None) -> None:
        self._students = students
        self._slots = slots or Slots.from_environment()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="runner-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start the warm process, if there is none, and wait until it is warm: seconds. The first run does so too."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._socket.unlink(missing_ok=True)
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "researchfleet_agent.runner.server", self._socket, *self._students],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=os.environ | ONE_THREAD | {"TOKENIZERS_PARALLELISM": "false"},
                )
            with cast(IO[bytes], self._process.stdout) as announced:
                if announced.readline() != b"ready\n":
                    self._process.wait()
                    raise RunnerError(f"the runner did not start: {self._last_words()}")

    def run(
        self,
        *,
        snapshot: Path,
        task: Path,
        weak_labels: Path,
        student: Path,
        seed: int,
        out: Path,
        limits: Limits | None = None,
    ) -> RunResult:
        """Run a snapshot as docs/snapshots.md says; blocks, first for a slot, then for the run.

        On status ok, and only then, `out` is a valid list of predictions. Raises RunnerError when there is no warm
        process to be had.
        """
        features = os.environ.get(FEATURES)
        request = RunRequest(
            snapshot=str(snapshot.resolve()),
            task=str(task.resolve()),
            weak_labels=str(weak_labels.resolve()),
            student=str(student.resolve()),
            seed=seed,
            out=str(out.resolve()),
            features=str(Path(features).resolve()) if features else None,
            limits=limits or Limits(),
        )
        with self._slots.taken(), self._connect() as connection:
            connection.sendall(request.model_dump_json().encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = answers.readline()
        if not answer:
            raise RunnerError(f"the runner died during a run: {self._last_words()}")
        return RunResult.model_validate_json(answer)

    def close(self) -> None:
        """End the warm process. Not to be called during a run."""
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
