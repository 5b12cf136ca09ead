"""Keeping one process's memory from others of the same user, and adopting orphans (prctl(2))."""

import ctypes
import os

_SET_DUMPABLE = 4
_SET_CHILD_SUBREAPER = 36


def make_private() -> None:
    """No process of the same user can now read our memory, descriptors or environment, or trace us; no core is dumped.

    Kept over fork, lost over exec: a child that is another program is an ordinary process. Raises OSError.
    """
    _prctl(_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Descendants whose parent has died become our children, so that we can reap them. Raises OSError."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}, {value}): {os.strerror(number)}")
