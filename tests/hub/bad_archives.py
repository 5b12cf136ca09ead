"""Archives that no stranger's upload may get away with, by what is wrong with them."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable

from tests.hub.conftest import CODE

Change = Callable[[tarfile.TarInfo], None]


def member(name: str, content: bytes = b"", change: Change | None = None) -> tuple[tarfile.TarInfo, bytes]:
    """A member with `content`; `change` is done to its header last."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    if change:
        change(info)
    return info, content


def archive(members: Iterable[tuple[tarfile.TarInfo, bytes]], *, style: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of good code and then `members`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as tar:
        for info, content in [*(member(name, text.encode()) for name, text in CODE.items()), *members]:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def kind(value: bytes, link: str = "") -> Change:
    """Make a member a link, a device, a pipe."""

    def change(info: tarfile.TarInfo) -> None:
        info.type = value
        info.linkname = link

    return change


def other_path(info: tarfile.TarInfo) -> None:
    """A pax header that gives another name."""
    info.pax_headers = {"path": "../out.py"}


def sparse(info: tarfile.TarInfo) -> None:
    """A file of 1 TiB that is a hole."""
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}


def broken_checksum(raw: bytes) -> bytes:
    """Damage the header of the second member."""
    second = raw.index(b"run.py\0")
    return raw[:second] + b"X" + raw[second + 1 :]


def size_field(text: bytes) -> bytes:
    """An archive whose last member claims the size `text` (12 bytes), with a right checksum."""
    raw = bytearray(archive([member("big.py", b"x")]))
    start = raw.index(b"big.py\0")
    raw[start + 124 : start + 136] = text
    raw[start + 148 : start + 156] = b" " * 8
    raw[start + 148 : start + 156] = b"%06o\0 " % sum(raw[start : start + 512])
    return bytes(raw)


def chained_long_names(count: int) -> bytes:
    """Long-name headers that announce one another, without end."""
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type = tarfile.GNUTYPE_LONGNAME
    long_name.size = 5
    header = long_name.tobuf(tarfile.GNU_FORMAT)
    return (header + b"a.py\0".ljust(512, b"\0")) * count


GOOD = archive([])

BAD: dict[str, bytes] = {
    "an absolute name": archive([member("/etc/passwd", b"x")]),
    "a name that climbs": archive([member("../outside.py", b"x")]),
    "a name that climbs later": archive([member("a/../../outside.py", b"x")]),
    "a name that only turns round": archive([member("a/../b.py", b"x")]),
    "a name with a dot part": archive([member("a/./b.py", b"x")]),
    "a name with an empty part": archive([member("a//b.py", b"x")]),
    "a name with a backslash": archive([member("..\\outside.py", b"x")]),
    "a drive letter": archive([member("C:/outside.py", b"x")]),
    "a name with a newline": archive([member("a\nb.py", b"x")]),
    "a name with an escape": archive([member("\x1b[2J.py", b"x")]),
    "a name with a space": archive([member("a b.py", b"x")]),
    "a name that looks like an option": archive([member("-rf", b"x")]),
    "a name that is not ASCII": archive([member("\uff41.py", b"x")]),
    "a name that writes backwards": archive([member("a\u202eyp.py", b"x")]),
    "a name that is not UTF-8": archive([member("a\udcff.py", b"x")], style=tarfile.GNU_FORMAT),
    "a name that is too long": archive([member("a" * 201, b"x")]),
    "a name that no tar can split": archive([member(f"{'a' * 60}/{'b' * 101}/{'c' * 30}.py", b"x")]),
    "a name out of a pax header": archive([member("ok.py", b"x", other_path)]),
    "a symbolic link": archive([member("link.py", change=kind(tarfile.SYMTYPE, "/etc/passwd"))]),
    "a symbolic link inside": archive([member("link.py", change=kind(tarfile.SYMTYPE, "run.py"))]),
    "a hard link": archive([member("link.py", change=kind(tarfile.LNKTYPE, "run.py"))]),
    "a character device": archive([member("null", change=kind(tarfile.CHRTYPE))]),
    "a block device": archive([member("disk", change=kind(tarfile.BLKTYPE))]),
    "a pipe": archive([member("pipe", change=kind(tarfile.FIFOTYPE))]),
    "a sparse file": archive([member("hole.py", b"1\n0\n0\n".ljust(512, b"\0"), sparse)]),
    "a kind that nobody knows": archive([member("odd.py", b"x", kind(b"Z"))]),
    "the same name twice": archive([member("run.py", b"print('another')")]),
    "the same name twice in two spellings": archive([member("./run.py", b"print('another')")]),
    "a file that is a folder too": archive([member("run.py/inner.py", b"x")]),
    "a folder as a file's content": archive([member("a", b"x"), member("a/b", b"x")]),
    "bytes that are not text": archive([member("weights.bin", b"\x80\x81\xfe")]),
    "text with NUL": archive([member("nul.py", b"x\0y")]),
    "UTF-8 of half a pair": archive([member("half.py", b"\xed\xa0\x80")]),
    "a file that is too big": archive([member("big.py", b"x" * (2 * 1024 * 1024))]),
    "files too big together": archive([member(f"{number}.py", b"x" * 600_000) for number in range(4)]),
    "too many files": archive([member(f"f{number}.py", b"x") for number in range(199)]),
    "too many folders": archive([member(f"d{number}", change=kind(tarfile.DIRTYPE)) for number in range(500)]),
    "a size that was made up": size_field(b"77777777777\0"),
    "a size below zero": size_field(b"\xff" * 12),
    "a size that is no number": size_field(b"not a number"),
    "a gzip bomb": gzip.compress(b"\0" * (64 << 20)),
    "a gzip bomb of a tar": gzip.compress(archive([member("big.py", b"x" * (32 << 20))])),
    "a gzip that ends early": gzip.compress(GOOD)[:-9],
    "a gzip with a wrong sum": gzip.compress(GOOD)[:-8] + b"\0" * 8,
    "two gzips in a row": gzip.compress(GOOD) * 2,
    "a zip": b"PK\x03\x04" + b"\0" * 600,
    "another compression": zlib.compress(GOOD),
    "nothing": b"",
    "garbage": b"garbage " * 200,
    "an archive that is cut off": GOOD[:1500],
    "a header that is damaged": broken_checksum(GOOD),
    "something after the end": GOOD + b"hidden",
    "a second archive after the end": GOOD + GOOD,
    "headers without end": chained_long_names(2500),
}
