"""Where the bytes of snapshots lie: by digest, written once, checked whenever they are read."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol


class MissingSnapshotError(Exception):
    """The store has no such snapshot, or what it has is not that snapshot."""


class Store(Protocol):
    """A content-addressed store."""

    def put(self, digest: str, tar: bytes) -> None:
        """Keep `tar`; durable when this returns. The same again changes nothing."""

    def get(self, digest: str) -> bytes:
        """The tar of `digest`. Raises MissingSnapshotError."""


def digest_of(tar: bytes) -> str:
    """`sha256:` of a tar."""
    return f"sha256:{hashlib.sha256(tar).hexdigest()}"


def verified(digest: str, tar: bytes, place: str) -> bytes:
    """`tar`, if it is what `digest` says. Raises MissingSnapshotError."""
    if digest_of(tar) != digest:
        raise MissingSnapshotError(f"{place} was changed: it is {digest_of(tar)}, not {digest}")
    return tar


class FolderStore:
    """A folder: <first two hex digits>/<hex>.tar."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, digest: str, tar: bytes) -> None:
        """Keep `tar`: written aside, flushed to disk, renamed, so that a crash leaves nothing half."""
        place = self._place(digest)
        if place.exists():
            return
        place.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
            part.write(tar)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).rename(place)
        _flush_folder(place.parent)

    def get(self, digest: str) -> bytes:
        """The tar of `digest`."""
        place = self._place(digest)
        try:
            return verified(digest, place.read_bytes(), place.name)
        except OSError as error:
            raise MissingSnapshotError(f"{digest} is not in the store ({error.strerror})") from error

    def _place(self, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._folder / name[:2] / f"{name}.tar"


def _flush_folder(folder: Path) -> None:
    """Make a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
