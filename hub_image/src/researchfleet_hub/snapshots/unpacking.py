"""Reads an archive that a stranger packed. Nothing touches a disk, and nothing is trusted: not its names, sizes or kinds."""

import io
import tarfile
import zlib
from collections.abc import Iterator

from researchfleet_core.wire.snapshots import MAX_BYTES, MAX_FILES

from researchfleet_hub.refusals import Refused, invalid
from researchfleet_hub.snapshots.checking import check_name, too_many_bytes

BLOCK = 512
# Headers and padding of MAX_FILES files, as many folders, and the end of the archive (10 KiB records).
MAX_TAR = MAX_BYTES + MAX_FILES * 4 * BLOCK + 64 * 1024
_GZIP = b"\x1f\x8b"
# All that tarfile raises on hostile headers; a chain of long-name headers recurses.
_HOSTILE = (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError)


def unpack(archive: bytes) -> dict[str, bytes]:
    """Files by name from a tar or tar.gz of plain files and folders. Refused with 422 and the member's name."""
    raw = _inflated(archive) if archive.startswith(_GZIP) else archive
    if len(raw) > MAX_TAR:
        raise too_many_bytes(len(raw))
    files: dict[str, bytes] = {}
    total = 0
    with _opened(raw) as tar:
        for member in _members(tar):
            if member.isdir():
                continue
            name = _plain(member)
            if name in files:
                raise _bad(name, "stands in the archive twice")
            total += member.size
            if total > MAX_BYTES:
                raise too_many_bytes(total)
            files[name] = _content(tar, member)
            if len(files) > MAX_FILES:
                raise invalid("archive", f"more than {MAX_FILES} files are not allowed")
        # tarfile ends silently at a damaged header; what it did not read must be the padding of the end.
        if any(raw[tar.offset :]):
            raise invalid("archive", f"what stands at byte {tar.offset} cannot be read")
    return files


def _inflated(archive: bytes) -> bytes:
    """The tar in a gzip, but never more than one byte over what is allowed: a bomb is not let off."""
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        raw = inflater.decompress(archive, MAX_TAR + 1)
    except zlib.error as error:
        raise invalid("archive", f"not a readable gzip ({error})") from error
    if len(raw) <= MAX_TAR and not inflater.eof:
        raise invalid("archive", "the gzip ends too early")
    if inflater.unused_data:
        raise invalid("archive", "something follows the end of the gzip")
    return raw


def _opened(raw: bytes) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=io.BytesIO(raw), mode="r:", encoding="utf-8", errors="strict")
    except _HOSTILE as error:
        raise _unreadable(error) from error


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """All members; at most twice as many as files are allowed, so that a million empty folders end the reading."""
    seen = 0
    while True:
        try:
            member = tar.next()
        except _HOSTILE as error:
            raise _unreadable(error) from error
        if member is None:
            return
        seen += 1
        if seen > 2 * MAX_FILES:
            raise invalid("archive", f"more than {2 * MAX_FILES} members are not allowed")
        yield member


def _plain(member: tarfile.TarInfo) -> str:
    """The name of a plain file; `./` in front, as `tar -C folder .` writes it, is dropped."""
    name = member.name.removeprefix("./")
    if not member.isreg() or member.issparse():
        raise _bad(name, "is not a plain file (links, devices, pipes and sparse files are not allowed)")
    check_name(name)
    return name


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = tar.extractfile(member)
    content = opened.read() if opened else b""
    if len(content) != member.size:
        raise _bad(member.name, f"is cut off: {len(content)} of {member.size} bytes")
    return content


def _bad(name: str, why: str) -> Refused:
    return invalid("archive", f"{name[:200].encode('ascii', 'backslashreplace').decode()} {why}")


def _unreadable(error: Exception) -> Refused:
    return invalid("archive", f"not a readable tar ({error})")
