"""The rows of runtime.db."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.deciding import Attempt
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import AttemptKind, AttemptReport, Directive


class Record(BaseModel):
    """Changed by writing another one in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FleetRecord(Record):
    """The fleet. spec: the newest the hub took; started: when it first ran; nominated, closed, finished: as in World."""

    uid: str
    name: str
    started: datetime
    spec: FleetSpec | None = None
    nominated: datetime | None = None
    closed: Reason | None = None
    finished: datetime | None = None


class AgentRecord(Record):
    """An agent, with what it starts from; see AgentState."""

    name: str
    uid: str
    ordinal: int
    direction: str
    seed: int
    created: datetime
    finished: EndReason | None = None
    failed: bool = False
    deleting: bool = False
    deleted: bool = False


class AttemptRecord(Record):
    """A sandbox that ran, runs or is to run; see Attempt. reported: the hub knows of its end, or never knew of it at all."""

    uid: str
    kind: AttemptKind
    owner: str
    agent: str
    agent_uid: str
    number: int
    direction: str
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    reason: EndReason | None = None
    exit_code: int | None = None
    told: Directive = Directive.CONTINUE
    told_at: datetime | None = None
    reported: bool = False

    @property
    def name(self) -> str:
        """`<agent>-<number>`, or `<reproduction>-<number>`."""
        return f"{self.owner}-{self.number}"

    def observed(self) -> Attempt:
        """As decisions see it."""
        return Attempt(
            uid=self.uid,
            owner=self.owner,
            number=self.number,
            created=self.created,
            started=self.started,
            ended=self.ended,
            reason=self.reason,
            exit_code=self.exit_code,
            told=self.told,
            told_at=self.told_at,
        )

    def report(self) -> AttemptReport | None:
        """What the hub is told of it; None before it started."""
        if self.started is None:
            return None
        return AttemptReport(
            uid=self.uid,
            kind=self.kind,
            agent=self.agent,
            agent_uid=self.agent_uid,
            number=self.number,
            started=self.started,
            ended=self.ended,
            reason=self.reason,
            direction=self.direction,
            directive=self.told,
        )
