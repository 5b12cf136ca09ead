"""How much of its disk an attempt has filled."""

import os
from pathlib import Path

# What a file or folder costs at least; millions of empty ones fill a disk too.
_LEAST = 4096


def measure(folder: Path, enough: int) -> int:
    """Bytes that the files and folders below `folder` take; counting stops beyond `enough`.

    Another process writes there meanwhile, so what vanishes is passed over, and links are never followed. What cannot be
    counted, made unreadable or nested deeper than a path reaches, counts as more than enough: nobody honest does that.
    """
    total = 0
    left = [os.fspath(folder)]
    while left and total <= enough:
        try:
            total += _count(left, enough - total)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return enough + 1
    return total


def _count(left: list[str], enough: int) -> int:
    """The bytes right in the last folder of `left`, whose place its own folders take."""
    total = 0
    with os.scandir(left.pop()) as entries:
        for entry in entries:
            try:
                total += max(entry.stat(follow_symlinks=False).st_blocks * 512, _LEAST)
            except FileNotFoundError:
                continue
            if entry.is_dir(follow_symlinks=False):
                left.append(entry.path)
            if total > enough:
                break
    return total
