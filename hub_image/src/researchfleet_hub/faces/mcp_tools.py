"""The tools, named like the study's. Each asks the same service as its HTTP route."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field, JsonValue
from researchfleet_core.families import Family
from researchfleet_core.wire.base import ONE_LINE, Digest, IdempotencyKey, Name, Text, Title, Uid
from researchfleet_core.wire.experiments import (
    MAX_SEEDS,
    OwnExperiments,
    Predictions,
    Registered,
    RegisterExperiment,
    SubmitPredictions,
    Submitted,
)
from researchfleet_core.wire.findings import Finding, FindingPage, FindingType, ShareFinding, Thread, Vote
from researchfleet_core.wire.principals import Operation
from researchfleet_core.wire.snapshots import Snapshot, SnapshotInfo, SnapshotList, UploadSnapshot
from researchfleet_core.wire.sync import BudgetLeft

from researchfleet_hub.faces.requests import MAX_PAGE
from researchfleet_hub.faces.toolbox import Toolbox, caller
from researchfleet_hub.forum.reading import Wanted
from researchfleet_hub.forum.rows import MAX_ID
from researchfleet_hub.hub import Hub

Ctx = Context[Any, Any]
Number = Annotated[int, Field(ge=1, le=MAX_ID)]
Since = Annotated[int, Field(ge=0, le=MAX_ID, description="the cursor of the page before")]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]


def add_tools(box: Toolbox, hub: Hub) -> None:
    """Add all tools of an agent."""
    add_experiments(box, hub)
    add_forum(box, hub)
    add_snapshots(box, hub)


def add_experiments(box: Toolbox, hub: Hub) -> None:
    """Register, submit, look back, count what is left."""

    @box.tool(Operation.REGISTER)
    def register_experiment(
        ctx: Ctx,
        *,
        title: Title,
        hypothesis: str,
        family: Family,
        snapshot: Digest,
        seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS)],
        idempotency_key: IdempotencyKey,
    ) -> Registered:
        """Say what will be run, before it is run. The answer names the seeds: run the snapshot once for each."""
        asked = RegisterExperiment(title=title, hypothesis=hypothesis, family=family, snapshot=snapshot, seeds=seeds)
        return hub.desk.register(caller(ctx), idempotency_key, asked)

    @box.tool(Operation.SUBMIT)
    def evaluate_predictions(
        ctx: Ctx, experiment: Uid, seed: int, predictions: Predictions, idempotency_key: IdempotencyKey
    ) -> Submitted:
        """Hand in one seed's predictions, 0/1 or P(label = 1) for each row of test.jsonl in its order.

        After the last seed the answer has the feedback.
        """
        asked = SubmitPredictions(seed=seed, predictions=predictions)
        return hub.desk.submit(caller(ctx), idempotency_key, experiment, asked)

    @box.tool(Operation.READ_OWN_EXPERIMENTS)
    def my_experiments(ctx: Ctx) -> OwnExperiments:
        """Your own experiments, newest first."""
        return hub.desk.own(caller(ctx))

    @box.tool(Operation.READ_BUDGET)
    def budget_left(ctx: Ctx) -> BudgetLeft:
        """What you may still spend: the smaller of your own and your share of the fleet's; null is no limit."""
        return hub.budgets.left(caller(ctx))


def add_forum(box: Toolbox, hub: Hub) -> None:
    """Findings, threads, votes."""

    @box.tool(Operation.SHARE)
    def share_finding(
        ctx: Ctx,
        *,
        type: FindingType,  # noqa: A002 - the parameter's name on the wire
        title: Title,
        content: Text,
        idempotency_key: IdempotencyKey,
        family: Family | None = None,
        snapshot: Digest | None = None,
        experiment: Uid | None = None,
        parent: Number | None = None,
        claims: dict[str, JsonValue] | None = None,
    ) -> Finding:
        """Tell the other researchers what you found. parent: the id of the finding that this answers."""
        asked = ShareFinding(
            type=type,
            title=title,
            content=content,
            family=family,
            snapshot=snapshot,
            experiment=experiment,
            parent=parent,
            claims=claims or {},
        )
        return hub.sharing.share(caller(ctx), idempotency_key, asked)

    @box.tool(Operation.READ_FINDINGS)
    def list_findings(
        ctx: Ctx,
        *,
        since: Since = 0,
        limit: Limit = 50,
        type: FindingType | None = None,  # noqa: A002 - the parameter's name on the wire
        family: Family | None = None,
        author: Name | None = None,
    ) -> FindingPage:
        """The fleet's findings in order of id; ask again with since=cursor for what came after."""
        return hub.reading.page(caller(ctx).fleet_uid, Wanted(since, limit, type, family, author))

    @box.tool(Operation.READ_FINDINGS)
    def read_finding(ctx: Ctx, id: Number) -> Thread:  # noqa: A002 - the parameter's name on the wire
        """A finding and all answers to it."""
        return hub.reading.thread(caller(ctx).fleet_uid, id)

    @box.tool(Operation.READ_FINDINGS)
    def search_findings(
        ctx: Ctx, q: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)], limit: Limit = 20
    ) -> FindingPage:
        """Findings with all words of q in title or text, newest first."""
        return FindingPage(findings=hub.reading.search(caller(ctx).fleet_uid, q, limit), cursor=0)

    @box.tool(Operation.VOTE)
    def vote_finding(
        ctx: Ctx,
        id: Number,  # noqa: A002
        vote: Literal["up", "down"],
        idempotency_key: IdempotencyKey,
    ) -> Finding:
        """Vote for or against a finding; a later vote replaces the earlier."""
        return hub.sharing.vote(caller(ctx), idempotency_key, id, Vote(vote=vote))


def add_snapshots(box: Toolbox, hub: Hub) -> None:
    """Code to share and to be scored."""

    @box.tool(Operation.UPLOAD_SNAPSHOT)
    def upload_snapshot(ctx: Ctx, files: dict[str, str], idempotency_key: IdempotencyKey) -> SnapshotInfo:
        """Store code: text files by relative path, manifest.json among them. The answer has the digest."""
        return hub.shelf.upload(caller(ctx), idempotency_key, UploadSnapshot(files=files))

    @box.tool(Operation.DOWNLOAD_SNAPSHOT)
    def list_snapshots(ctx: Ctx, since: Since = 0) -> SnapshotList:
        """The fleet's snapshots after `since`, newest first; ask again with since=cursor for what came after."""
        return hub.shelf.page(caller(ctx).fleet_uid, since)

    @box.tool(Operation.DOWNLOAD_SNAPSHOT)
    def download_snapshot(ctx: Ctx, digest: Digest) -> Snapshot:
        """A snapshot with its text, whoever uploaded it."""
        return hub.shelf.open(caller(ctx).fleet_uid, digest)
