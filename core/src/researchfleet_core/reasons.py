"""Every reason constant that a person or a program can meet, with what it means. docs/ lists them from here."""

from enum import StrEnum


class EndReason(StrEnum):
    """Why an attempt ended."""

    COMPLETED = "Completed"
    CRASHED = "Crashed"
    MEMORY_LIMIT = "MemoryLimit"
    PROCESS_LIMIT = "ProcessLimit"
    DISK_LIMIT = "DiskLimit"
    TIME_LIMIT = "TimeLimit"
    IDLE = "Idle"
    NEVER_RAN = "NeverRan"
    LEASE_EXPIRED = "LeaseExpired"
    BUDGET_EXHAUSTED = "BudgetExhausted"
    SUSPENDED = "Suspended"
    DRAINED = "Drained"
    SCALED_DOWN = "ScaledDown"
    RESEARCH_OVER = "ResearchOver"
    RUNTIME_LOST = "RuntimeLost"
    PREEMPTED = "Preempted"
    EVICTED = "Evicted"
    NODE_LOST = "NodeLost"
    IMAGE_ERROR = "ImageError"


MEANING: dict[EndReason, str] = {
    EndReason.COMPLETED: "the researcher exited with status 0",
    EndReason.CRASHED: "the researcher exited with another status or by a signal",
    EndReason.MEMORY_LIMIT: "its processes together used more memory than allowed",
    EndReason.PROCESS_LIMIT: "it had more processes than allowed",
    EndReason.DISK_LIMIT: "its workspace grew over its size",
    EndReason.TIME_LIMIT: "it ran longer than an attempt may",
    EndReason.IDLE: "no heartbeat for idleTimeout",
    EndReason.NEVER_RAN: "it did not run within preRunning",
    EndReason.LEASE_EXPIRED: "its compute lease was not renewed",
    EndReason.BUDGET_EXHAUSTED: "a hard limit of the budget was reached",
    EndReason.SUSPENDED: "desiredState is Suspended",
    EndReason.DRAINED: "desiredState is Drained",
    EndReason.SCALED_DOWN: "replicas was lowered",
    EndReason.RESEARCH_OVER: "the fleet's research phase ended",
    EndReason.RUNTIME_LOST: "the runtime itself died and found it gone",
    EndReason.PREEMPTED: "a queue or scheduler took its place",
    EndReason.EVICTED: "its node evicted it",
    EndReason.NODE_LOST: "its node went away",
    EndReason.IMAGE_ERROR: "its image could not be pulled or started",
}

# Ends that were ordered for the fleet's sake.
ORDERED: frozenset[EndReason] = frozenset(
    {
        EndReason.BUDGET_EXHAUSTED,
        EndReason.SUSPENDED,
        EndReason.DRAINED,
        EndReason.SCALED_DOWN,
        EndReason.RESEARCH_OVER,
    }
)

# Ends that say nothing about the researcher: tried again without counting.
UNCOUNTED: frozenset[EndReason] = ORDERED | frozenset(
    {
        EndReason.LEASE_EXPIRED,
        EndReason.RUNTIME_LOST,
        EndReason.PREEMPTED,
        EndReason.EVICTED,
        EndReason.NODE_LOST,
    }
)


class Reason(StrEnum):
    """Why a condition of a fleet is what it is."""

    ALL_RUNNING = "AllRunning"
    STARTING = "Starting"
    WAITING_FOR_AGENTS = "WaitingForAgents"
    BACKING_OFF = "BackingOff"
    SUSPENDING = "Suspending"
    SUSPENDED = "Suspended"
    DRAINING = "Draining"
    DRAINED = "Drained"
    REPRODUCING = "Reproducing"
    FINISHED = "Finished"
    BUDGET_EXHAUSTED = "BudgetExhausted"
    ALL_AGENTS_ENDED = "AllAgentsEnded"
    AGENTS_FAILED = "AgentsFailed"
    FAILED_BY_POLICY = "FailedByPolicy"
    WITHIN_BUDGET = "WithinBudget"
    SOFT_LIMIT = "SoftLimit"
    VALID = "Valid"
    PROBLEM_CHANGED = "ProblemChanged"
    EVALUATOR_ANSWERS = "EvaluatorAnswers"
    EVALUATOR_UNREACHABLE = "EvaluatorUnreachable"
    HUB_UNREACHABLE = "HubUnreachable"
    RECONCILED = "Reconciled"
    RUNNING = "Running"


REASON_MEANING: dict[Reason, str] = {
    Reason.ALL_RUNNING: "every wanted agent runs",
    Reason.STARTING: "the hub and evaluator of the fleet are starting",
    Reason.WAITING_FOR_AGENTS: "some agents do not run yet; the message says which and why",
    Reason.BACKING_OFF: "an agent failed and waits before its next attempt",
    Reason.SUSPENDING: "desiredState is Suspended: attempts are being stopped",
    Reason.SUSPENDED: "desiredState is Suspended: no attempt runs, ledger and snapshots are kept",
    Reason.DRAINING: "desiredState is Drained: agents finish the experiment at hand",
    Reason.DRAINED: "desiredState is Drained and no attempt runs",
    Reason.REPRODUCING: "research is over, finalists are being reproduced",
    Reason.FINISHED: "research and reproduction are over",
    Reason.BUDGET_EXHAUSTED: "a hard limit was reached; the message names it",
    Reason.ALL_AGENTS_ENDED: "every agent completed by itself",
    Reason.AGENTS_FAILED: "every agent has failed more often than failurePolicy allows",
    Reason.FAILED_BY_POLICY: "a rule of failurePolicy said FailFleet",
    Reason.WITHIN_BUDGET: "no limit is near",
    Reason.SOFT_LIMIT: "a limit's soft share is reached",
    Reason.VALID: "the spec can be run",
    Reason.PROBLEM_CHANGED: "what is scored was changed after the first experiment; the old problem stays in force",
    Reason.EVALUATOR_ANSWERS: "the evaluator answered the hub",
    Reason.EVALUATOR_UNREACHABLE: "the hub cannot reach the evaluator",
    Reason.HUB_UNREACHABLE: "the runtime cannot reach the hub",
    Reason.RECONCILED: "nothing is left to do for this generation",
    Reason.RUNNING: "research or reproduction goes on",
}
