"""Evaluator and hub: child processes, started again when they die."""

import asyncio
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from researchfleet.local.errors import CannotRunError
from researchfleet.local.folder import RunFolder, Sockets
from researchfleet.local.hub import Connection
from researchfleet.local.processes import Child, Launch
from researchfleet.local.state import Book

log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
# One that lived so long was up; what ended it is new.
_SETTLED_SECONDS = 10.0
# So many ends in a row before it ever answered mean that it cannot start here.
_TRIES = 4
# uvicorn answers what it has begun and closes; a SQLite checkpoint may follow.
_STOP_SECONDS = 5.0
_LAST_LINES = 12
# Of our own environment, what a server needs; no key of a provider comes along by accident.
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass
class Service:
    """One of them. command: of a fresh start, since ports are chosen anew; answered: whether it ever worked."""

    name: str
    command: Callable[[], Sequence[str]]
    log: Path
    starts: int = 0
    answered: bool = False
    child: Child | None = None


class Services:
    """Both, and the secrets between them."""

    def __init__(self, folder: RunFolder, sockets: Sockets, book: Book, testbeds: Path) -> None:
        self._folder = folder
        self._book = book
        self._testbeds = testbeds
        self._sockets = sockets
        self._tokens = {name: _secret(folder.private / f"{name}.token") for name in ("evaluator", "runtime")}
        self._all = [
            Service("evaluator", self._evaluator, folder.logs / "evaluator.log"),
            Service("hub", self._hub, folder.logs / "hub.log"),
        ]
        self._keepers: list[asyncio.Task[None]] = []
        self._on_connection: Callable[[Connection], None] = lambda _: None

    @property
    def starts(self) -> dict[str, int]:
        """How often each was started."""
        return {service.name: service.starts for service in self._all}

    def start(self, on_connection: Callable[[Connection], None]) -> None:
        """Start both and keep them running; on_connection: called whenever the hub gets an address."""
        self._on_connection = on_connection
        self._keepers = [asyncio.create_task(self._keep(service)) for service in self._all]

    def answered(self) -> None:
        """The hub has answered, so both can work here."""
        for service in self._all:
            service.answered = True

    def failure(self) -> CannotRunError | None:
        """Why one of them cannot start here, if it cannot."""
        for keeper in self._keepers:
            if keeper.done() and not keeper.cancelled() and isinstance(error := keeper.exception(), CannotRunError):
                return error
        return None

    async def stop(self) -> None:
        """Stop both; the hub first, for it talks to the evaluator."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for service in reversed(self._all):
            if service.child:
                await service.child.stop(_STOP_SECONDS)
                self._book.forget(service.name)

    async def _keep(self, service: Service) -> None:
        loop = asyncio.get_running_loop()
        wait, failures = _FIRST_WAIT, 0
        while True:
            began = loop.time()
            service.child = self._launch(service)
            log.info("%s runs as process %d", service.name, service.child.pid)
            status = await service.child.exit_status()
            log.warning("%s ended with status %d", service.name, status)
            self._book.forget(service.name)
            if loop.time() - began > _SETTLED_SECONDS:
                wait, failures = _FIRST_WAIT, 0
            failures += 1
            if failures >= _TRIES and not service.answered:
                raise CannotRunError(f"{service.name} ended {failures} times with status {status}:\n{_end_of(service.log)}")
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _launch(self, service: Service) -> Child:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {"OMP_NUM_THREADS": "1"}
        program = Path(sys.executable)
        command = [str(program), "-m", *service.command()]
        child = Child(Launch(program=program, command=command, environment=environment), service.log)
        self._book.remember(service.name, child.identity)
        service.starts += 1
        return child

    def _evaluator(self) -> list[str]:
        return [
            *("researchfleet_evaluator", "serve", "--testbeds", str(self._testbeds)),
            *("--database", f"sqlite:///{self._folder.path / 'evaluator.db'}"),
            *("--listen", self._evaluator_address(), "--token-file", str(self._tokens["evaluator"])),
        ]

    def _hub(self) -> list[str]:
        port = _free_port()
        token = self._tokens["runtime"].read_text()
        self._on_connection(Connection(port=port, token=token, fleet_uid=self._book.fleet.uid))
        return [
            *("researchfleet_hub", "serve", "--database", f"sqlite:///{self._folder.path / 'hub.db'}"),
            *("--evaluator", self._evaluator_address(), "--evaluator-token-file", str(self._tokens["evaluator"])),
            *("--snapshots", str(self._folder.path / "snapshots"), "--agent-listen", f"unix:{self._sockets.agents}"),
            *("--internal-listen", f"127.0.0.1:{port}", "--runtime-token-file", str(self._tokens["runtime"])),
        ]

    def _evaluator_address(self) -> str:
        return f"unix:{self._sockets.evaluator}"


def _secret(file: Path) -> Path:
    """A file with a new token."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as content:
        content.write(secrets.token_urlsafe(32))
    return file


def _free_port() -> int:
    """A port that nobody listens at now; a hub that loses the race for it is started again with another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join(lines) + f"\n(all of it: {log})"
