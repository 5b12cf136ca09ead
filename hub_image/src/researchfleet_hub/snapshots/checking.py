"""What a snapshot may hold. Every rule refuses with the file and what is allowed."""

import re
from collections.abc import Mapping

from pydantic import ValidationError
from researchfleet_core.testbed.archive import pack
from researchfleet_core.wire.snapshots import MANIFEST, MAX_BYTES, MAX_FILES, Manifest

from researchfleet_hub.refusals import Refused, invalid

# Names that mean the same on every system and to every shell.
_SEGMENT = re.compile(r"[A-Za-z0-9_.+][A-Za-z0-9_.+-]*")
MAX_NAME = 200


def checked(files: Mapping[str, bytes]) -> tuple[bytes, Manifest]:
    """The canonical tar of `files` and their manifest. Refused with 422 when a rule is broken."""
    if len(files) > MAX_FILES:
        raise invalid("files", f"{len(files)} files are not allowed (at most {MAX_FILES})")
    size = sum(len(content) for content in files.values())
    if size > MAX_BYTES:
        raise too_many_bytes(size)
    for name, content in files.items():
        check_name(name)
        _check_text(name, content)
    _check_folders(files)
    manifest = _manifest(files)
    try:
        return pack(files), manifest
    except ValueError as error:
        longest = max(files, key=len)
        raise invalid(f"files.{longest}", "the name cannot be packed; use shorter folder and file names") from error


def too_many_bytes(size: int) -> Refused:
    """The refusal of a snapshot that is too big."""
    return invalid("files", f"{size} bytes are not allowed (at most {MAX_BYTES} in all)")


def check_name(name: str) -> None:
    """A relative path of plain names. Refused with 422."""
    parts = name.split("/")
    plain = all(part not in {".", ".."} and _SEGMENT.fullmatch(part) for part in parts)
    if not plain or len(name) > MAX_NAME:
        shown = name[:MAX_NAME].encode("ascii", "backslashreplace").decode()
        raise invalid(
            f"files.{shown}",
            f"not a name that is allowed (relative, at most {MAX_NAME} characters, parts of A-Z a-z 0-9 _ . + -, no '..')",
        )


def _check_text(name: str, content: bytes) -> None:
    try:
        decoded = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(f"files.{name}", f"byte {error.start} is not UTF-8; a snapshot holds text only") from error
    if "\0" in decoded:
        raise invalid(f"files.{name}", f"character {decoded.index(chr(0))} is NUL; a snapshot holds text only")


def _check_folders(files: Mapping[str, bytes]) -> None:
    for name in files:
        parts = name.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder in files:
                raise invalid(f"files.{name}", f"{folder} is a file and cannot be a folder too")


def _manifest(files: Mapping[str, bytes]) -> Manifest:
    if MANIFEST not in files:
        raise invalid("files", f"{MANIFEST} is missing; it names title, family, parameters and entry")
    try:
        manifest = Manifest.model_validate_json(files[MANIFEST])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in (MANIFEST, *first["loc"]))
        raise invalid(f"files.{place}", first["msg"]) from error
    if manifest.entry not in files:
        raise invalid(f"files.{MANIFEST}.entry", f"{manifest.entry} is not among the files")
    return manifest
