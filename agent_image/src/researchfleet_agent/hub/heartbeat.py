"""Telling the hub every few seconds that the researcher lives, and hearing what it is to do."""

import logging
import threading
from collections.abc import Callable

from researchfleet_core.wire.sync import Directive

from researchfleet_agent.hub.client import Hub
from researchfleet_agent.hub.errors import HubLostError, RefusedError

log = logging.getLogger(__name__)

PERIOD_SECONDS = 5.0


class Heartbeats:
    """A thread; `activity` is what it tells, `directive` what it last heard. on_stop is called there, once, on `stop`."""

    def __init__(self, hub: Hub, on_stop: Callable[[], None], period: float = PERIOD_SECONDS) -> None:
        self.activity = "starting"
        self.directive = Directive.CONTINUE
        self._hub = hub
        self._on_stop = on_stop
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeats", daemon=True)

    def __enter__(self) -> "Heartbeats":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    @property
    def wrapping_up(self) -> bool:
        """Whether no new experiment may be begun."""
        return self.directive is not Directive.CONTINUE

    def _beat(self) -> None:
        while not self._ended.is_set():
            try:
                self._hear(self._hub.heartbeat(self.activity))
            except (HubLostError, RefusedError) as error:
                log.warning("heartbeat: %s", error)
            self._ended.wait(self._period)

    def _hear(self, directive: Directive) -> None:
        before, self.directive = self.directive, directive
        if directive is not before:
            log.info("directive: %s", directive)
        if directive is Directive.STOP and before is not Directive.STOP:
            self._on_stop()
