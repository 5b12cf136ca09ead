"""The researcher as the relay's child."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

# What tells where the token is; the child has no use for it.
_OURS = ("RESEARCHFLEET_TOKEN_FD", "RESEARCHFLEET_TOKEN_FILE")


class Child:
    """Started once. It gets our standard streams, no other descriptor, and every SIGTERM and SIGINT that we get."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = list(command)
        self._environ = {name: value for name, value in environ.items() if name not in _OURS}
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Handlers come first: a signal that arrives before the child is passed on when it is there."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._forward, number)
        self._process = subprocess.Popen(self._command, env=self._environ, stdin=subprocess.DEVNULL, close_fds=True)
        self._reap()

    async def exit_status(self) -> int:
        """Waits for its end; 128 + the signal's number if one ended it, as shells tell it."""
        return await self._status

    def _forward(self, number: int) -> None:
        if self._process is not None and not self._status.done():
            self._process.send_signal(number)

    def _reap(self) -> None:
        """All children that have ended, adopted orphans too."""
        while True:
            try:
                pid, raw = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._process is not None and pid == self._process.pid:
                code = os.waitstatus_to_exitcode(raw)
                self._process.returncode = code  # Popen must not wait for it again
                self._status.set_result(code if code >= 0 else 128 - code)
