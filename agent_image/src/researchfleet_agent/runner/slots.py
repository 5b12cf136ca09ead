"""CPU slots: as many runs at once as there are lock files, over all processes that share the folder."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# The folder of lock files, given by the runtime; without it there is no limit.
SLOTS = "RESEARCHFLEET_SLOTS"
# A run takes a tenth of a second at least, so that waiting so long between looks costs little and burns nothing.
LOOK_EVERY = 0.02


class Slots:
    """A folder of lock files, one a slot. The kernel frees a slot when its holder dies, however it dies."""

    def __init__(self, folder: Path | None, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.folder = folder
        self._sleep = sleep

    @classmethod
    def from_environment(cls) -> "Slots":
        """The folder RESEARCHFLEET_SLOTS names, if any."""
        folder = os.environ.get(SLOTS)
        return cls(Path(folder) if folder else None)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a free slot and hold it. A folder that has no file is no limit."""
        files = [] if self.folder is None else sorted(path for path in self.folder.iterdir() if path.is_file())
        if not files:
            yield
            return
        descriptor = self._take(files)
        try:
            yield
        finally:
            os.close(descriptor)

    def _take(self, files: list[Path]) -> int:
        while True:
            for file in files:
                # Reading suffices for flock, so that a sandbox may see the folder read-only.
                descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                else:
                    return descriptor
            self._sleep(LOOK_EVERY)
