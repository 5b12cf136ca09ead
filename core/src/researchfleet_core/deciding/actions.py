"""What a runtime can be asked to do. Each is idempotent: done twice it changes nothing the second time."""

from dataclasses import dataclass

from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Directive


@dataclass(frozen=True)
class CreateAgent:
    """Make the agent `<fleet>-<ordinal>`."""

    ordinal: int
    direction: str
    seed: int


@dataclass(frozen=True)
class DeleteAgent:
    """End the agent's attempt, if it has one, with `reason`, then remove the agent; what it submitted and shared stays."""

    agent: str
    reason: EndReason


@dataclass(frozen=True)
class StartAttempt:
    """Start attempt `number` of an agent; the name `<agent>-<number>` makes a repeated start a no-op."""

    agent: str
    number: int


@dataclass(frozen=True)
class StopAttempt:
    """End an attempt: ask, and kill after the runtime's grace."""

    uid: str
    reason: EndReason


@dataclass(frozen=True)
class Tell:
    """Give an attempt a directive, which it reads in the answer to its next heartbeat."""

    uid: str
    directive: Directive


@dataclass(frozen=True)
class FinishAgent:
    """The agent has ended for good."""

    agent: str
    reason: EndReason
    failed: bool


@dataclass(frozen=True)
class Nominate:
    """Ask the evaluator for finalists. closing: research is over for this reason and these are the last."""

    closing: Reason | None = None


@dataclass(frozen=True)
class StartReproduction:
    """Run attempt `number` of a reproduction in a clean sandbox."""

    reproduction: str
    number: int


@dataclass(frozen=True)
class EndReproduction:
    """Give a reproduction up: its missing runs have failed."""

    reproduction: str
    why: str


@dataclass(frozen=True)
class Finish:
    """Research and reproduction are over."""

    reason: Reason


Action = (
    CreateAgent
    | DeleteAgent
    | StartAttempt
    | StopAttempt
    | Tell
    | FinishAgent
    | Nominate
    | StartReproduction
    | EndReproduction
    | Finish
)
