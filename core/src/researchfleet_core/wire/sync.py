"""The one poll between a runtime and the hub: attempts and directives in, facts and verdicts out."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from researchfleet_core.families import Family
from researchfleet_core.wire.base import ONE_LINE, Digest, Message, Name, Uid


class Directive(StrEnum):
    """What a runtime wants an attempt to do; the agent reads it in the answer to its heartbeat."""

    CONTINUE = "continue"
    WRAP_UP = "wrap up"  # finish the experiment at hand, then exit
    STOP = "stop"


class AttemptKind(StrEnum):
    """Reproductions are booked apart from research."""

    AGENT = "agent"
    REPRODUCTION = "reproduction"


class AttemptReport(Message):
    """What a runtime saw of one attempt. Times are the runtime's own observations, in UTC.

    started: when its sandbox or pod began to run. ended: when it was seen to have ended, else None.
    """

    uid: Uid
    kind: AttemptKind = AttemptKind.AGENT
    agent: Name
    agent_uid: Uid
    number: int
    started: datetime
    ended: datetime | None = None
    reason: str | None = None
    direction: str = ""
    paused: bool = False
    gpus: int = 0
    directive: Directive = Directive.CONTINUE


class SyncRequest(Message):
    """Runtime -> hub, every few seconds. nominate: choose finalists now (the fleet's research is over, or it is time).

    observed: when the runtime looked. Of a report that is not newer than one already taken in (sent twice, or late) only
    ends count, so it can neither buy time nor take a directive back; None counts as just now.
    """

    attempts: list[AttemptReport] = Field(default_factory=list)
    nominate: bool = False
    observed: datetime | None = None


class Verdict(StrEnum):
    """What the ledger says of a fleet or an agent."""

    OPEN = "open"
    SOFT = "soft limit"  # pause, tell the agent what is left
    HARD = "hard limit"  # nothing more is bought


class Amounts(Message):
    """Quantities of one account. usd_nano: integer nano-USD by kind (tokens, compute, reproduction, storage)."""

    usd_nano: dict[str, int] = Field(default_factory=dict)
    agent_hours: float = 0
    pod_hours: float = 0
    gpu_hours: float = 0
    tokens: int = 0
    evaluations: int = 0

    @property
    def total_nano(self) -> int:
        """All kinds together, nano-USD."""
        return sum(self.usd_nano.values())


class LedgerState(Message):
    """Verdict and amounts of the fleet or one agent. limit: which limit spoke (`usd`, `agentHours`, `evaluations`, ...)."""

    verdict: Verdict
    limit: str | None = None
    amounts: Amounts


class AgentFacts(Message):
    """What the hub knows of one agent. Scores: dev is what the agent was shown, rank is for people only."""

    heartbeat: datetime | None = None
    activity: str = ""
    direction: str = ""
    family: Family | None = None
    submitting: bool = False
    experiments: int = 0
    findings: int = 0
    dev_pgr: float | None = None
    rank_pgr: float | None = None
    ledger: LedgerState


class ReproductionState(StrEnum):
    """A reproduction's life."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in {ReproductionState.DONE, ReproductionState.FAILED}


class ReproductionFacts(Message):
    """One nominated finalist: a snapshot to run in a clean sandbox. pgr: on the sealed rows, once done."""

    uid: Uid
    snapshot: Digest
    agent: Name
    title: str
    state: ReproductionState
    runs: int
    delivered: int
    pgr: float | None = None
    ranked: bool | None = None


class SyncResponse(Message):
    """Hub -> runtime. leases: until when each attempt may run; one whose lease passes is stopped."""

    now: datetime
    agents: dict[str, AgentFacts]
    ledger: LedgerState
    leases: dict[str, datetime]
    reproductions: list[ReproductionFacts]
    evaluator_reachable: bool
    problem: Digest | None = Field(description="digest of what is scored, pinned at the first experiment")
    entropy_bits: float
    nominated: bool
    experiments: int
    findings: int
    best_pgr: float | None = Field(description="reproduced and ranked")


class Heartbeat(Message):
    """Agent -> hub: it lives, and what it does (free text for people)."""

    activity: str = Field(max_length=200, pattern=ONE_LINE)


class HeartbeatAnswer(Message):
    """What the agent should do next."""

    directive: Directive


class BudgetLeft(Message):
    """What is left for the asking agent: the smaller of its own and the fleet's share. None: no limit."""

    verdict: Verdict
    usd: float | None
    agent_hours: float | None
    evaluations: int | None
    seconds: float | None
