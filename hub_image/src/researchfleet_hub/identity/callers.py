"""A principal, narrowed to what a role's routes need."""

from dataclasses import dataclass

from researchfleet_core.wire.evaluation import AgentRef
from researchfleet_core.wire.principals import Principal


@dataclass(frozen=True)
class Researcher:
    """An agent's attempt. owner names the agent; state is kept by its uid, which a re-created name does not inherit."""

    owner: AgentRef
    attempt_uid: str

    @property
    def fleet_uid(self) -> str:
        """Its fleet."""
        return self.owner.fleet_uid

    @property
    def uid(self) -> str:
        """The agent's uid."""
        return self.owner.agent_uid

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.owner.agent


@dataclass(frozen=True)
class Reproducer:
    """An attempt of a reproduction."""

    fleet_uid: str
    reproduction: str


def researcher(principal: Principal) -> Researcher:
    """The agent that `principal` is; ValueError when it is none."""
    if (
        principal.fleet_uid is None
        or principal.agent is None
        or principal.agent_uid is None
        or principal.attempt_uid is None
    ):
        raise ValueError(f"a principal of role {principal.role} needs fleet_uid, agent, agent_uid and attempt_uid")
    owner = AgentRef(fleet_uid=principal.fleet_uid, agent=principal.agent, agent_uid=principal.agent_uid)
    return Researcher(owner, principal.attempt_uid)


def reproducer(principal: Principal) -> Reproducer:
    """The reproduction that `principal` is; ValueError when it is none."""
    if principal.fleet_uid is None or principal.reproduction is None or principal.attempt_uid is None:
        raise ValueError(f"a principal of role {principal.role} needs fleet_uid, reproduction and attempt_uid")
    return Reproducer(principal.fleet_uid, principal.reproduction)
