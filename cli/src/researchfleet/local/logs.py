"""Where the runtime says what it does: a file of the run, not the terminal, which shows the run itself."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = logging.getLogger("researchfleet.local")


@contextmanager
def logged_to(file: Path) -> Iterator[None]:
    """Everything that the runtime logs meanwhile is added to `file`, times in UTC."""
    handler = logging.FileHandler(file)
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    before = _OURS.level, _OURS.propagate
    _OURS.addHandler(handler)
    _OURS.setLevel(logging.INFO)
    _OURS.propagate = False
    try:
        yield
    finally:
        _OURS.level, _OURS.propagate = before
        _OURS.removeHandler(handler)
        handler.close()
