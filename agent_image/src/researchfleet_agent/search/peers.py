"""What other agents found. Their findings and snapshots are text that somebody else wrote: read as data, never run."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from researchfleet_core.wire.findings import Finding, FindingType

from researchfleet_agent.hub import Hub, RefusedError
from researchfleet_agent.methods import Pipeline

log = logging.getLogger(__name__)

PAGE = 200
# Better than the ceiling by half is no claim but a mistake or a lie.
CREDIBLE = (-1.0, 1.5)
# Looking further down the list costs requests and finds worse ideas.
LOOKED_AT = 3


@dataclass(frozen=True)
class Peer:
    """A result of another agent that can be built on. pgr: what the author says it reached."""

    finding: int
    author: str
    pgr: float
    pipeline: Pipeline


class Forum:
    """The findings of others, read once each; the best are looked into."""

    def __init__(self, hub: Hub, myself: str) -> None:
        self._hub = hub
        self._myself = myself
        self._cursor = 0
        self._results: dict[int, Finding] = {}
        self._pipelines: dict[str, Pipeline | None] = {}

    def sync(self) -> None:
        """Read what came since the last time."""
        while True:
            page = self._hub.findings(self._cursor, PAGE, FindingType.RESULT)
            self._results |= {one.id: one for one in page.findings if self._counts(one)}
            self._cursor = max(self._cursor, page.cursor)
            if len(page.findings) < PAGE:
                return

    def best(self) -> list[Peer]:
        """Up to LOOKED_AT results by what they claim; those that cannot be read as a pipeline are left out."""
        ranked = sorted(self._results.values(), key=lambda one: (-claimed_pgr(one), one.id))
        peers = []
        for finding in ranked[:LOOKED_AT]:
            pipeline = self._pipeline(str(finding.snapshot))
            if pipeline is not None:
                peers.append(Peer(finding.id, finding.author, claimed_pgr(finding), pipeline))
        return peers

    def _counts(self, finding: Finding) -> bool:
        """Whether the hub has verified that it tells of a finished experiment, and it claims something credible."""
        return (
            finding.verified
            and finding.snapshot is not None
            and finding.author != self._myself
            and finding.downvotes <= finding.upvotes
            and CREDIBLE[0] <= claimed_pgr(finding) <= CREDIBLE[1]
        )

    def _pipeline(self, digest: str) -> Pipeline | None:
        if digest not in self._pipelines:
            self._pipelines[digest] = read_pipeline(lambda: self._hub.snapshot(digest).info.manifest.parameters)
            if self._pipelines[digest] is None:
                log.info("snapshot %s is no pipeline of our methods; nothing is built on it", digest)
        return self._pipelines[digest]


def claimed_pgr(finding: Finding) -> float:
    """The number `pgr` among a finding's claims; minus infinity where there is none."""
    claim = finding.claims.get("pgr")
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not isfinite(claim):
        return float("-inf")
    return float(claim)


def read_pipeline(parameters: Callable[[], dict[str, Any]]) -> Pipeline | None:
    """A manifest's parameters as a pipeline; None for anything that our own methods would not have written.

    Every name must be a method of ours and every value within its documented range, so nothing that a stranger writes
    can make a run longer or larger than one of our own.
    """
    try:
        return Pipeline.from_json(parameters())
    except (RefusedError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
