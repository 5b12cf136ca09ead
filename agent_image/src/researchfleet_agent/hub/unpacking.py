"""Unpacking the hub's tars. A snapshot in one of them was written by an agent, so nothing in them is believed."""

import io
import shutil
import tarfile
from pathlib import Path, PurePosixPath

# The largest task folder is some hundred MB of rows; a tar that says more is not one of ours.
MAX_BYTES = 2 << 30
MAX_FILES = 10_000


class UnsafeArchiveError(ValueError):
    """The archive must not be unpacked: the member and what is wrong with it. Nothing is left on disk."""


def unpack(archive: bytes, folder: Path, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> None:
    """Write the plain files of an uncompressed tar below `folder`, which appears whole or not at all.

    Raises UnsafeArchiveError for links, devices, names that leave the folder or come twice, and for too much.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            _write(tar, part, max_bytes, max_files)
    except tarfile.TarError as error:
        shutil.rmtree(part)
        raise UnsafeArchiveError(f"not a tar: {error}") from None
    except (OSError, UnsafeArchiveError):
        shutil.rmtree(part)
        raise
    part.rename(folder)


def _write(tar: tarfile.TarFile, part: Path, max_bytes: int, max_files: int) -> None:
    size = 0
    for count, member in enumerate(tar, start=1):
        size += member.size
        if size > max_bytes or count > max_files:
            raise UnsafeArchiveError(f"more than {max_bytes} bytes or {max_files} files are not allowed")
        content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
        if content is None:
            raise UnsafeArchiveError(f"{member.name!r}: only plain files are allowed")
        place = part / _safe(member.name)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                shutil.copyfileobj(content, file)
        except (FileExistsError, NotADirectoryError):
            raise UnsafeArchiveError(f"{member.name!r}: the name comes twice") from None


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name:
        raise UnsafeArchiveError(f"{name!r}: only names below the folder are allowed")
    return path
