"""Attempts as sandboxes: starting them, stopping them, and noticing how they end."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from researchfleet_core.reasons import EndReason

from researchfleet.local.clock import Clock
from researchfleet.local.errors import CannotRunError
from researchfleet.local.folder import RunFolder
from researchfleet.local.hub import HubRefusedError, HubUnreachableError
from researchfleet.local.sandbox.order import Box, Confinement, Order
from researchfleet.local.sandbox.watch import Watch, Watched
from researchfleet.local.state import AttemptRecord, Book

log = logging.getLogger(__name__)

# What a researcher gets to end by itself when it is stopped; what it was at is lost anyway.
_GRACE = 2.0
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0


@dataclass
class Running:
    """An attempt on its way up or up. reason: why it is being stopped."""

    task: asyncio.Task[None]
    box: Box | None = None
    reason: EndReason | None = None


class Attempts:
    """Those of one run. `changed` is called when one has started or ended, after it was written down."""

    def __init__(
        self,
        book: Book,
        folder: RunFolder,
        confinement: Confinement,
        order: Callable[[AttemptRecord], "asyncio.Future[Order] | object"],
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        pass
