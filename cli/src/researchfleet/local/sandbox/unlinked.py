"""Files that have no name any more but are held open: they fill memory or a disk, and no walk through folders finds them."""

import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Unlinked:
    """Bytes of nameless files, in memory (memfd_create(2)) and on the workspace's disk."""

    memory: int
    disk: int


def unlinked(folder: int, pids: Sequence[str], disk: int, counted: Collection[int]) -> Unlinked:
    """folder: an open /proc that has these pids; disk: the workspace's device; counted: devices whose use is known."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        for file in _held(folder, pid):
            if stat.S_ISREG(file.st_mode) and file.st_nlink == 0 and file.st_dev not in counted:
                found[file.st_dev, file.st_ino] = file.st_blocks * 512
    on_disk = sum(size for (device, _), size in found.items() if device == disk)
    return Unlinked(memory=sum(found.values()) - on_disk, disk=on_disk)


def _held(folder: int, pid: str) -> list[os.stat_result]:
    held = []
    try:
        descriptors = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    try:
        for name in os.listdir(descriptors):  # noqa: PTH208 - a descriptor
            try:
                held.append(os.stat(name, dir_fd=descriptors))
            except OSError:
                continue
    except (FileNotFoundError, ProcessLookupError):
        return held
    finally:
        os.close(descriptors)
    return held
