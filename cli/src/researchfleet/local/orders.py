"""What each attempt runs, and who it is."""

from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.pods import bytes_of
from researchfleet_core.wire.principals import Principal, Role
from researchfleet_core.wire.sync import AttemptKind

from researchfleet.local.folder import RunFolder
from researchfleet.local.home import Home
from researchfleet.local.sandbox.order import Limits, Order
from researchfleet.local.setup import bundled, run_memory_mib
from researchfleet.local.state import AgentRecord, AttemptRecord


def principal(fleet_uid: str, attempt: AttemptRecord) -> Principal:
    """Whom the hub will know the attempt as."""
    if attempt.kind is AttemptKind.REPRODUCTION:
        return Principal(
            role=Role.REPRODUCTION,
            fleet_uid=fleet_uid,
            reproduction=attempt.owner,
            attempt=attempt.number,
            attempt_uid=attempt.uid,
        )
    return Principal(
        role=Role.AGENT,
        fleet_uid=fleet_uid,
        agent=attempt.agent,
        agent_uid=attempt.agent_uid,
        attempt=attempt.number,
        attempt_uid=attempt.uid,
    )


@dataclass(frozen=True)
class Orders:
    """Of one run."""

    folder: RunFolder
    home: Home
    spec: FleetSpec

    def workspace(self, attempt: AttemptRecord) -> Path:
        """An agent's outlives the attempt, a reproduction's is new and goes with it."""
        if attempt.kind is AttemptKind.REPRODUCTION:
            return self.folder.scratch / attempt.name
        return self.folder.workspace(attempt.agent)

    def order(self, attempt: AttemptRecord, agent: AgentRecord | None, token: str) -> Order:
        """agent: whose attempt it is; None for a reproduction, which is nobody's."""
        features = self.home.sealed_features if agent is None else self.home.agent_features
        return Order(
            name=attempt.name,
            arguments=["-m", "researchfleet_agent", "reproduce" if agent is None else "agent"],
            variables={} if agent is None else self._settings(agent),
            workspace=self.workspace(attempt),
            features=features if features.is_dir() else None,
            limits=self._limits(),
            token=token,
        )

    def _limits(self) -> Limits:
        resources = self.spec.agents.resources
        return Limits(
            memory=bytes_of(resources.memory),
            processes=resources.processes,
            disk=bytes_of(self.spec.agents.workspace.size),
        )

    def _settings(self, agent: AgentRecord) -> dict[str, str]:
        return {
            "RESEARCHFLEET_RESEARCHER": self.spec.agents.researcher,
            "RESEARCHFLEET_AGENT": agent.name,
            "RESEARCHFLEET_DIRECTION": agent.direction,
            "RESEARCHFLEET_SEED": str(agent.seed),
            "RESEARCHFLEET_STUDENT": bundled(self.spec.problem.student),
            "RESEARCHFLEET_EXPERIMENT_SEEDS": str(self.spec.evaluation.seeds),
            "RESEARCHFLEET_RUN_SECONDS": str(self.spec.evaluation.reproduction.run_seconds),
            "RESEARCHFLEET_RUN_MEMORY_MIB": str(run_memory_mib(self.spec)),
        }
