"""Reading the hub's tars. A snapshot in one of them was written by an agent, so nothing in them is believed."""

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

# The largest task folder is some hundred MB of rows; a tar that says more is not one of ours.
MAX_BYTES = 1 << 30
MAX_FILES = 10_000


class UnsafeArchiveError(ValueError):
    """The archive must not be unpacked: the member and what is wrong with it."""


def plain_files(archive: bytes, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> dict[str, bytes]:
    """The files of an uncompressed tar by name, any of which may be written below a folder.

    Raises UnsafeArchiveError for links, devices, names that leave the folder or come twice, and for too much.
    """
    files: dict[str, bytes] = {}
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for member in tar:
                size += member.size
                if size > max_bytes or len(files) >= max_files:
                    raise UnsafeArchiveError(f"more than {max_bytes} bytes or {max_files} files are not allowed")
                name = _safe(member.name)
                if name in files:
                    raise UnsafeArchiveError(f"{name!r}: the name comes twice")
                files[name] = _content(tar, member)
    except tarfile.TarError as error:
        raise UnsafeArchiveError(f"not a tar: {error}") from None
    for name in files:
        if any(str(parent) in files for parent in PurePosixPath(name).parents):
            raise UnsafeArchiveError(f"{name!r}: a file cannot be a folder too")
    return files


def unpack(archive: bytes, folder: Path) -> None:
    """Write the files of a tar below `folder`, which appears whole or not at all. Raises UnsafeArchiveError."""
    files = plain_files(archive)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write_files(files, part)
    part.rename(folder)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files by name below a folder; names as `plain_files` gives them."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if content is None:
        raise UnsafeArchiveError(f"{member.name!r}: only plain files are allowed")
    return content.read()


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name:
        raise UnsafeArchiveError(f"{name!r}: only names below the folder are allowed")
    return str(path)
