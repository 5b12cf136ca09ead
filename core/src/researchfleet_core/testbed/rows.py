"""Rows of a testbed: how they are written, named and compared."""

import json
import lzma
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from researchfleet_core.testbed.errors import TestbedError

# More than any testbed of sentences needs, and less than a small evaluator has: an xz bomb ends here.
MAX_ROWS_BYTES = 512 << 20

# Unicode categories that a reader does not see (control, format, private use, unassigned): room for a hidden mark.
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})


@dataclass(frozen=True)
class Row:
    """What an agent sees of a row. group: the id shared by the proposed answers to one question, where there are groups."""

    id: str
    text: str
    group: str | None = None


def row_id(text: str) -> str:
    """The first 16 hex digits of sha256(text): the id is a function of the text, so it tells nothing beyond it."""
    return sha256(text.encode()).hexdigest()[:16]


def group_id(member_ids: Iterable[str]) -> str:
    """A group's id, a function of its members' ids for the same reason."""
    return sha256("\n".join(sorted(member_ids)).encode()).hexdigest()[:16]


def normalised(text: str) -> str:
    """The text as compared for doubles: NFKC, case folded, runs of white space as one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def clean(text: str) -> str:
    """The text as a testbed may hold it: NFC, no invisible characters but newlines, no white space at a line's end."""
    visible = "".join(
        char for char in text.replace("\t", " ") if char == "\n" or unicodedata.category(char) not in INVISIBLE
    )
    lines = unicodedata.normalize("NFC", visible).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def dump_rows(rows: Sequence[Row]) -> bytes:
    """Rows as JSON lines, in the one way they may be written: no spare blanks, keys in the order id, text, group."""
    lines = []
    for row in rows:
        fields = {"id": row.id, "text": row.text} | ({} if row.group is None else {"group": row.group})
        lines.append(json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def pack_rows(rows: Sequence[Row]) -> bytes:
    """Rows as `.jsonl.xz`."""
    return lzma.compress(dump_rows(rows), preset=9 | lzma.PRESET_EXTREME)


def unpack_rows(data: bytes, file: str, *, grouped: bool) -> tuple[Row, ...]:
    """Read a `.jsonl.xz` of rows; grouped: every row must have a group, else none may.

    Raises TestbedError naming the line for: a field that is not documented, an id or group that is not the documented
    function of the text, rows not sorted by id, invisible characters, a line written in another way. Each of these
    would be room for a label.
    """
    rows = []
    for number, line in enumerate(_lines(data, file), start=1):
        rows.append(_row(line, f"{file}:{number}", grouped=grouped))
    ids = [row.id for row in rows]
    for number, (before, after) in enumerate(pairwise(ids), start=2):
        if before >= after:
            raise TestbedError(f"{file}:{number}", f"id: {after} after {before} is not allowed (sorted by id, each once)")
    if grouped:
        _check_groups(rows, file)
    return tuple(rows)


def _lines(data: bytes, file: str) -> list[bytes]:
    try:
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ)
        content = unpacker.decompress(data, max_length=MAX_ROWS_BYTES)
    except lzma.LZMAError as error:
        raise TestbedError(file, f"not an xz file: {error}") from None
    if not unpacker.eof or unpacker.unused_data:
        raise TestbedError(file, f"not one whole xz stream of at most {MAX_ROWS_BYTES} bytes")
    if content and not content.endswith(b"\n"):
        raise TestbedError(file, "the last line has no end")
    return content.split(b"\n")[:-1]


def _row(line: bytes, place: str, *, grouped: bool) -> Row:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise TestbedError(place, f"not JSON: {error}") from None
    allowed = ["id", "text", "group"] if grouped else ["id", "text"]
    if not isinstance(fields, dict) or list(fields) != allowed:
        found = list(fields) if isinstance(fields, dict) else type(fields).__name__
        raise TestbedError(place, f"fields {found} are not allowed (exactly {allowed})")
    for name, value in fields.items():
        if not isinstance(value, str) or not value:
            raise TestbedError(place, f"{name}: {value!r} is not allowed (a text that is not empty)")
    row = Row(**fields)
    if row.text != clean(row.text):
        raise TestbedError(
            place, f"text: {row.text!r} has invisible characters or white space at an end; {clean(row.text)!r} is allowed"
        )
    if row.id != row_id(row.text):
        raise TestbedError(place, f"id: {row.id!r} is not allowed ({row_id(row.text)}, the start of the text's sha256)")
    if dump_rows([row]) != line + b"\n":
        raise TestbedError(place, "the line is not written as documented (compact JSON, not escaped beyond need)")
    return row


def _check_groups(rows: Sequence[Row], file: str) -> None:
    members: dict[str, list[str]] = {}
    for row in rows:
        members.setdefault(row.group or "", []).append(row.id)
    for number, row in enumerate(rows, start=1):
        expected = group_id(members[row.group or ""])
        if row.group != expected:
            raise TestbedError(
                f"{file}:{number}", f"group: {row.group!r} is not allowed ({expected}, from its members' ids)"
            )
