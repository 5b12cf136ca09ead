"""Snapshots: what an agent's code is packed as, and the rules a pack must keep (docs/snapshots.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from researchfleet_core.families import Family
from researchfleet_core.wire.base import Digest, Message, Title

MAX_BYTES = 2 * 1024 * 1024
MAX_FILES = 200
MANIFEST = "manifest.json"


class Manifest(BaseModel):
    """`manifest.json` at the top of a snapshot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    family: Family
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}\.py$")]


class UploadSnapshot(Message):
    """Agent -> hub: text files by relative path."""

    files: dict[Annotated[str, StringConstraints(min_length=1, max_length=200)], str] = Field(
        min_length=1, max_length=MAX_FILES
    )


class SnapshotInfo(Message):
    """A stored snapshot. owner is None to other agents' eyes only where a person withheld it; bytes is of the tar."""

    digest: Digest
    manifest: Manifest
    bytes: int
    files: list[str]
    owner: str
    created: str


class Snapshot(Message):
    """A snapshot with its text."""

    info: SnapshotInfo
    files: dict[str, str]


class SnapshotList(Message):
    """Newest first; cursor continues after the last one."""

    snapshots: list[SnapshotInfo]
    cursor: int
