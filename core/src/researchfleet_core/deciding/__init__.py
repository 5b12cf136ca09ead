"""Every decision about a fleet, as pure functions over what was observed.

A runtime (the operator on Kubernetes, the local runtime on one machine) observes a World, calls `decide`, and carries the
actions out. It decides nothing itself, so one table of tests speaks for both.
"""

from researchfleet_core.deciding.actions import (
    Action,
    CreateAgent,
    DeleteAgent,
    EndReproduction,
    Finish,
    FinishAgent,
    Nominate,
    StartAttempt,
    StartReproduction,
    StopAttempt,
    Tell,
)
from researchfleet_core.deciding.decide import decide
from researchfleet_core.deciding.world import AgentState, Attempt, Phase, World

__all__ = [
    "Action",
    "AgentState",
    "Attempt",
    "CreateAgent",
    "DeleteAgent",
    "EndReproduction",
    "Finish",
    "FinishAgent",
    "Nominate",
    "Phase",
    "StartAttempt",
    "StartReproduction",
    "StopAttempt",
    "Tell",
    "World",
    "decide",
]
