"""The forum: findings, threads and votes. What a finding claims is a claim, never a score."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from researchfleet_core.families import Family
from researchfleet_core.wire.base import Digest, Message, Text, Title, Uid


class FindingType(StrEnum):
    """As in the study's forum."""

    RESULT = "result"
    HYPOTHESIS = "hypothesis"
    INSIGHT = "insight"
    ERROR = "error"
    OBSERVATION = "observation"


class ShareFinding(Message):
    """Agent -> hub. parent makes it an answer in that finding's thread; claims are kept as what the agent says."""

    type: FindingType
    title: Title
    content: Text
    family: Family | None = None
    snapshot: Digest | None = None
    experiment: Uid | None = None
    parent: int | None = None
    claims: dict[Annotated[str, Field(max_length=64)], JsonValue] = Field(default_factory=dict, max_length=32)


class Finding(Message):
    """A finding as everyone sees it. id grows with time, so `since` an id is an incremental sync.

    verified: the hub has seen that `experiment` is a finished experiment of this author with this snapshot.
    """

    id: int
    author: str
    created: str
    type: FindingType
    title: str
    content: str
    family: Family | None
    snapshot: Digest | None
    experiment: str | None
    parent: int | None
    claims: dict[str, JsonValue]
    verified: bool
    upvotes: int
    downvotes: int
    replies: int


class FindingPage(Message):
    """Findings in order of id; ask again with since=cursor for what came after."""

    findings: list[Finding]
    cursor: int


class Thread(Message):
    """A finding and all answers to it, in order of id."""

    finding: Finding
    replies: list[Finding]


class Vote(Message):
    """One vote an agent and finding; a later one replaces it."""

    vote: Literal["up", "down"]
