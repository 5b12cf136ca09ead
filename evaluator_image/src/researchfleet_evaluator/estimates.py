"""Intervals of scores, computed when somebody asks for them and kept: finished experiments never change."""

from collections.abc import Callable, Hashable
from threading import Lock

from researchfleet_core.wire.evaluation import Interval


class Estimates:
    """Intervals by what they are computed from."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Interval] = {}
        self._computing = Lock()

    def get(self, key: Hashable, compute: Callable[[], Interval]) -> Interval:
        """The interval of `key`. A second reader waits for the first instead of computing it beside it."""
        if key not in self._kept:
            with self._computing:
                if key not in self._kept:
                    self._kept[key] = compute()
        return self._kept[key]
