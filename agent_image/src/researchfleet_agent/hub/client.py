"""The hub's routes, one method each."""

from urllib.parse import quote

from researchfleet_core.wire.evaluation import ReproductionPredictions
from researchfleet_core.wire.experiments import (
    OwnExperiment,
    OwnExperiments,
    Registered,
    RegisterExperiment,
    SubmitPredictions,
    Submitted,
)
from researchfleet_core.wire.findings import Finding, FindingPage, FindingType, ShareFinding, Vote
from researchfleet_core.wire.snapshots import Snapshot, SnapshotInfo, UploadSnapshot
from researchfleet_core.wire.sync import Directive, Heartbeat, HeartbeatAnswer

from researchfleet_agent.hub.connection import Connection

_ACTIVITY_LENGTH = 200


class Hub:
    """Every method raises RefusedError and HubLostError. key: of the write, the same for each try of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def heartbeat(self, activity: str) -> Directive:
        """Say what is being done, hear what to do. Tried once: the next one comes soon."""
        body = Heartbeat(activity=activity[:_ACTIVITY_LENGTH])
        answer = self._connection.once("POST", "/v1/heartbeat", body=body)
        return HeartbeatAnswer.model_validate_json(answer).directive

    def inputs(self) -> bytes:
        """A tar of the task folder (docs/testbeds.md)."""
        return self._connection.request("GET", "/v1/inputs")

    def upload(self, snapshot: UploadSnapshot, key: str) -> SnapshotInfo:
        """Store a snapshot; the answer has its digest."""
        answer = self._connection.request("POST", "/v1/snapshots", body=snapshot, key=key)
        return SnapshotInfo.model_validate_json(answer)

    def snapshot(self, digest: str) -> Snapshot:
        """Any agent's snapshot: text that somebody else wrote."""
        return Snapshot.model_validate_json(self._connection.request("GET", f"/v1/snapshots/{quote(digest)}"))

    def register(self, experiment: RegisterExperiment, key: str) -> Registered:
        """Say what will be run, hear with which seeds."""
        answer = self._connection.request("POST", "/v1/experiments", body=experiment, key=key)
        return Registered.model_validate_json(answer)

    def submit(self, experiment: str, predictions: SubmitPredictions, key: str) -> Submitted:
        """Deliver one seed; the answer to the last one has the feedback."""
        path = f"/v1/experiments/{quote(experiment)}/predictions"
        return Submitted.model_validate_json(self._connection.request("POST", path, body=predictions, key=key))

    def own_experiments(self) -> list[OwnExperiment]:
        """Newest first."""
        return OwnExperiments.model_validate_json(self._connection.request("GET", "/v1/experiments")).experiments

    def share(self, finding: ShareFinding, key: str) -> Finding:
        """Post to the forum."""
        return Finding.model_validate_json(self._connection.request("POST", "/v1/findings", body=finding, key=key))

    def findings(self, since: int, limit: int, kind: FindingType) -> FindingPage:
        """Findings of a kind with an id above since, by id, at most limit."""
        path = f"/v1/findings?since={since}&limit={limit}&type={kind}"
        return FindingPage.model_validate_json(self._connection.request("GET", path))

    def vote(self, finding: int, vote: Vote, key: str) -> None:
        """Vote on a finding; a later vote replaces an earlier one."""
        self._connection.request("PUT", f"/v1/findings/{finding}/vote", body=vote, key=key)

    def reproduction_inputs(self) -> bytes:
        """A tar: plan.json and a task folder for each task of the plan."""
        return self._connection.request("GET", "/v1/reproduction/inputs")

    def reproduction_snapshot(self) -> bytes:
        """A tar of the snapshot's files."""
        return self._connection.request("GET", "/v1/reproduction/snapshot")

    def deliver(self, predictions: ReproductionPredictions, key: str) -> None:
        """One run's result."""
        self._connection.request("POST", "/v1/reproduction/predictions", body=predictions, key=key)
