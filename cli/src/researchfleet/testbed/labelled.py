"""Labelled rows to build a testbed from: JSON lines, or any folder saved by the `datasets` library."""

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.testbed import TestbedError, clean, normalised

FIELDS = "text, label, and if wanted id and group"


@dataclass(frozen=True)
class Labelled:
    """A row with its true label. group: whatever the source calls the question this row proposes an answer to."""

    text: str
    label: int
    group: str | None


def read_labelled(path: Path) -> list[Labelled]:
    """Rows of a `.jsonl` or `.jsonl.xz` file or of a folder written by `Dataset.save_to_disk`.

    Texts are cleaned (docs/testbeds.md); of texts that are the same but for case and blanks the first stays.
    Raises TestbedError naming line and field.
    """
    if not path.exists():
        raise TestbedError(str(path), "no such file or folder")
    rows = [_labelled(fields, place) for place, fields in (_saved(path) if path.is_dir() else _json_lines(path))]
    if not rows:
        raise TestbedError(str(path), "has no rows")
    if len({row.group is None for row in rows}) > 1:
        raise TestbedError(str(path), "group: some rows have one and some have none; all or none is allowed")
    first = {normalised(row.text): row for row in reversed(rows)}
    return [row for row in rows if first[normalised(row.text)] is row]


def _json_lines(path: Path) -> Iterator[tuple[str, object]]:
    content = path.read_bytes()
    if path.suffix == ".xz":
        try:
            content = lzma.decompress(content)
        except lzma.LZMAError as error:
            raise TestbedError(str(path), f"not an xz file: {error}") from None
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            yield f"{path}:{number}", json.loads(line)
        except ValueError as error:
            raise TestbedError(f"{path}:{number}", f"not JSON: {error}") from None


def _saved(path: Path) -> Iterator[tuple[str, object]]:
    # It takes seconds to import, and most commands never need it.
    from datasets import DatasetDict, load_from_disk  # noqa: PLC0415

    try:
        saved = load_from_disk(str(path))
    except (FileNotFoundError, ValueError) as error:
        raise TestbedError(str(path), f"not a folder saved by datasets: {error}") from None
    splits = dict(saved) if isinstance(saved, DatasetDict) else {"rows": saved}
    for split, dataset in sorted(splits.items()):
        for number, fields in enumerate(dataset):
            yield f"{path}, {split}[{number}]", fields


def _labelled(fields: object, place: str) -> Labelled:
    if not isinstance(fields, Mapping) or not {"text", "label"} <= fields.keys():
        raise TestbedError(place, f"{fields!r:.80} is not allowed (fields {FIELDS})")
    text, label, group = fields["text"], fields["label"], fields.get("group")
    if not isinstance(text, str) or not clean(text):
        raise TestbedError(place, f"text: {text!r} is not allowed (a text that is not empty)")
    if isinstance(label, bool) or label not in (0, 1):
        raise TestbedError(place, f"label: {label!r} is not allowed (0 or 1)")
    return Labelled(clean(text), int(label), None if group is None else str(group))
