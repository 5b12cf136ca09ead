"""One process per run that starts it, waits for it, and clears up after it."""

import os
import select
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from researchfleet_agent.runner.child import become
from researchfleet_agent.runner.kernel import adopt_orphans, kill_children
from researchfleet_agent.runner.messages import Limits, RunRequest, RunResult, Status
from researchfleet_agent.runner.predictions import PredictionsError, read_predictions
from researchfleet_agent.task import TaskError, test_rows

CHUNK = 65536


class ClientGoneError(Exception):
    """Whoever asked for the run has hung up."""


@dataclass
class _End:
    """status: as os.waitpid gives it; None: it was still running when its time was over."""

    status: int | None
    log: bytes
    left: int


def supervise(request: RunRequest, client: socket.socket) -> RunResult:
    """Run a snapshot to its end and judge it. Afterwards no process of it exists, and no file but a valid `out`.

    Raises ClientGoneError when the client hangs up, after killing the run.
    """
    adopt_orphans()
    started = time.monotonic()
    out = Path(request.out)
    scratch = Path(tempfile.mkdtemp(prefix="run-"))
    try:
        end = _run(request, scratch, client)
        seconds = time.monotonic() - started
        status, reason = _judge(end, request, scratch, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return RunResult(
        status=status, seconds=round(seconds, 4), reason=reason, log=end.log.decode(errors="replace"), left=end.left
    )


def _run(request: RunRequest, scratch: Path, client: socket.socket) -> _End:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        client.close()
        become(request, scratch, writing)
    os.close(writing)
    handle = os.pidfd_open(child)
    log = _Log(request.limits.log)
    try:
        in_time = _wait(handle, reading, client, log, request.limits)
        if not in_time:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        left = kill_children()
        os.close(handle)
    os.set_blocking(reading, False)
    log.drain(reading)
    os.close(reading)
    return _End(status if in_time else None, bytes(log.kept), left)


class _Log:
    """The last bytes of what a run prints."""

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self.limit = limit

    def add(self, chunk: bytes) -> None:
        self.kept += chunk
        del self.kept[: max(0, len(self.kept) - self.limit)]

    def drain(self, source: int) -> None:
        try:
            while chunk := os.read(source, CHUNK):
                self.add(chunk)
        except BlockingIOError:
            return


def _wait(handle: int, output: int, client: socket.socket, log: _Log, limits: Limits) -> bool:
    """Read output until the run's first process ends (True) or its time is over (False)."""
    deadline = time.monotonic() + limits.seconds
    watched = select.poll()
    for descriptor in (handle, output, client.fileno()):
        watched.register(descriptor, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        ready = {descriptor for descriptor, _ in watched.poll(left * 1000)}
        if output in ready:
            chunk = os.read(output, CHUNK)
            log.add(chunk)
            if not chunk:
                watched.unregister(output)
        if client.fileno() in ready:
            raise ClientGoneError
        if handle in ready:
            return True
    return False


def _judge(end: _End, request: RunRequest, scratch: Path, out: Path) -> tuple[Status, str]:
    if end.status is None:
        return Status.TIMEOUT, f"it did not end within {request.limits.seconds:g} s"
    if end.status != 0:
        return Status.FAILED, _reason(end)
    made = scratch / "predictions.json"
    try:
        read_predictions(made, test_rows(Path(request.task)))
    except (PredictionsError, TaskError) as error:
        return Status.INVALID, str(error)
    # Beside its place first: whoever looks at `out` sees all of it or nothing.
    part = out.with_name(f".{out.name}.part")
    shutil.copyfile(made, part)
    part.replace(out)
    return Status.OK, ""


def _reason(end: _End) -> str:
    code = os.waitstatus_to_exitcode(end.status or 0)
    lines = [line for line in end.log.decode(errors="replace").splitlines() if line.strip()]
    last = f": {lines[-1].strip()[:300]}" if lines else ""
    if code < 0:
        return f"it was ended by {signal.Signals(-code).name}{last}"
    return f"it ended with status {code}{last}"
