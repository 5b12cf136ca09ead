"""The agents' port: all that a sandbox can reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from researchfleet_core.families import Family
from researchfleet_core.wire.base import ONE_LINE, Name
from researchfleet_core.wire.evaluation import ReproductionPredictions
from researchfleet_core.wire.experiments import (
    OwnExperiments,
    Registered,
    RegisterExperiment,
    SubmitPredictions,
    Submitted,
)
from researchfleet_core.wire.findings import Finding, FindingPage, FindingType, ShareFinding, Thread, Vote
from researchfleet_core.wire.principals import Operation
from researchfleet_core.wire.snapshots import Snapshot, SnapshotInfo, SnapshotList, UploadSnapshot
from researchfleet_core.wire.sync import BudgetLeft, Heartbeat, HeartbeatAnswer
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from researchfleet_hub.faces.answers import REFUSALS, Json, explain_refusals
from researchfleet_hub.faces.bodies import body, describe_bodies, read
from researchfleet_hub.faces.mcp_face import McpFace
from researchfleet_hub.faces.requests import DigestInPath, Key, Limit, Number, Since, UidInPath
from researchfleet_hub.forum.reading import Wanted
from researchfleet_hub.hub import Hub
from researchfleet_hub.identity.callers import Reproducer, Researcher
from researchfleet_hub.identity.door import Door, MayReproduce, MayResearch
from researchfleet_hub.snapshots.unpacking import MAX_TAR

# A million predictions with all their digits.
MAX_PREDICTIONS = 24 * 1024 * 1024
# Two MiB of text, each character escaped.
MAX_UPLOAD = 13 * 1024 * 1024

TAR: dict[int | str, dict[str, Any]] = {200: {"content": {"application/x-tar": {}}, "description": "a tar"}}
ARCHIVE = {"content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


async def archive_body(request: Request) -> bytes:
    """A tar or tar.gz, whatever its content type says."""
    return await read(request, MAX_TAR)


def agent_port(hub: Hub) -> FastAPI:
    """The ASGI application of the agents' port."""
    mcp = McpFace(hub)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.running():
            yield

    app = FastAPI(
        title="ResearchFleet hub, agents' port",
        version="v1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=REFUSALS,
    )
    explain_refusals(app)
    describe_bodies(app)
    for add in (living, experiments, forum, snapshots, reproduction):
        add(app, hub)
    app.router.routes.append(mcp.route)
    app.add_middleware(Door, identify=hub.sandbox_tokens.identify, open_to_all=frozenset({"/openapi.json"}))
    return app


def living(app: FastAPI, hub: Hub) -> None:
    """Heartbeat, inputs, budget."""

    @app.post("/v1/heartbeat", response_model=HeartbeatAnswer)
    def heartbeat(
        who: Annotated[Researcher, Depends(MayResearch(Operation.HEARTBEAT))], body: Annotated[Heartbeat, body(Heartbeat)]
    ) -> Response:
        """Say that the attempt lives and what it does; read what it should do next."""
        return Json(hub.heartbeats.hear(who, body))

    @app.get("/v1/inputs", response_class=Response, responses=TAR)
    def inputs(who: Annotated[Researcher, Depends(MayResearch(Operation.FETCH_INPUTS))]) -> Response:
        """The task folder as a tar (docs/testbeds.md)."""
        return StreamingResponse(hub.evaluator.inputs(who.fleet_uid), media_type="application/x-tar")

    @app.get("/v1/budget", response_model=BudgetLeft)
    def budget(who: Annotated[Researcher, Depends(MayResearch(Operation.READ_BUDGET))]) -> Response:
        """What is left: the smaller of the agent's own and its share of the fleet's."""
        return Json(hub.budgets.left(who))


def experiments(app: FastAPI, hub: Hub) -> None:
    """Register, submit, look back."""

    @app.post("/v1/experiments", response_model=Registered)
    def register(
        who: Annotated[Researcher, Depends(MayResearch(Operation.REGISTER))],
        key: Key,
        body: Annotated[RegisterExperiment, body(RegisterExperiment)],
    ) -> Response:
        """Say what will be run; the answer names the seeds to run it with."""
        return Json(hub.desk.register(who, key, body))

    @app.post("/v1/experiments/{experiment}/predictions", response_model=Submitted)
    def submit(
        who: Annotated[Researcher, Depends(MayResearch(Operation.SUBMIT))],
        key: Key,
        experiment: UidInPath,
        body: Annotated[SubmitPredictions, body(SubmitPredictions, MAX_PREDICTIONS)],
    ) -> Response:
        """Hand in one seed's predictions; after the last seed the answer has the feedback."""
        return Json(hub.desk.submit(who, key, experiment, body))

    @app.get("/v1/experiments", response_model=OwnExperiments)
    def own(who: Annotated[Researcher, Depends(MayResearch(Operation.READ_OWN_EXPERIMENTS))]) -> Response:
        """The agent's own experiments, newest first."""
        return Json(hub.desk.own(who))


def forum(app: FastAPI, hub: Hub) -> None:
    """Findings, threads, votes."""

    @app.post("/v1/findings", response_model=Finding)
    def share(
        who: Annotated[Researcher, Depends(MayResearch(Operation.SHARE))],
        key: Key,
        body: Annotated[ShareFinding, body(ShareFinding)],
    ) -> Response:
        """Share a finding, or answer one."""
        return Json(hub.sharing.share(who, key, body))

    @app.get("/v1/findings", response_model=FindingPage)
    def page(
        *,
        who: Annotated[Researcher, Depends(MayResearch(Operation.READ_FINDINGS))],
        since: Since = 0,
        limit: Limit = 100,
        type: FindingType | None = None,  # noqa: A002 - the parameter's name on the wire
        family: Family | None = None,
        author: Name | None = None,
    ) -> Response:
        """The next findings in order of id."""
        return Json(hub.reading.page(who.fleet_uid, Wanted(since, limit, type, family, author)))

    @app.get("/v1/findings/search", response_model=FindingPage)
    def search(
        who: Annotated[Researcher, Depends(MayResearch(Operation.READ_FINDINGS))],
        q: Annotated[
            str, Query(min_length=1, max_length=200, pattern=ONE_LINE, description="words, all of which must appear")
        ],
        limit: Limit = 20,
    ) -> Response:
        """Findings with all words in title or text, newest first; the cursor means nothing here."""
        return Json(FindingPage(findings=hub.reading.search(who.fleet_uid, q, limit), cursor=0))

    @app.get("/v1/findings/{number}", response_model=Thread)
    def thread(who: Annotated[Researcher, Depends(MayResearch(Operation.READ_FINDINGS))], number: Number) -> Response:
        """A finding and all answers to it."""
        return Json(hub.reading.thread(who.fleet_uid, number))

    @app.put("/v1/findings/{number}/vote", response_model=Finding)
    def vote(
        who: Annotated[Researcher, Depends(MayResearch(Operation.VOTE))],
        key: Key,
        number: Number,
        body: Annotated[Vote, body(Vote)],
    ) -> Response:
        """Vote; a later vote replaces the earlier."""
        return Json(hub.sharing.vote(who, key, number, body))


def snapshots(app: FastAPI, hub: Hub) -> None:
    """Code to share and to be scored."""

    @app.post("/v1/snapshots", response_model=SnapshotInfo)
    def upload(
        who: Annotated[Researcher, Depends(MayResearch(Operation.UPLOAD_SNAPSHOT))],
        key: Key,
        body: Annotated[UploadSnapshot, body(UploadSnapshot, MAX_UPLOAD)],
    ) -> Response:
        """Store files given by name (docs/snapshots.md)."""
        return Json(hub.shelf.upload(who, key, body))

    @app.post(
        "/v1/snapshots/archive",
        response_model=SnapshotInfo,
        openapi_extra={"requestBody": ARCHIVE},
    )
    def upload_archive(
        who: Annotated[Researcher, Depends(MayResearch(Operation.UPLOAD_SNAPSHOT))],
        key: Key,
        body: Annotated[bytes, Depends(archive_body)],
    ) -> Response:
        """Store a tar or tar.gz of plain text files."""
        return Json(hub.shelf.upload_archive(who, key, body))

    @app.get("/v1/snapshots", response_model=SnapshotList)
    def listed(who: Annotated[Researcher, Depends(MayResearch(Operation.DOWNLOAD_SNAPSHOT))], since: Since = 0) -> Response:
        """The fleet's next snapshots, newest first."""
        return Json(hub.shelf.page(who.fleet_uid, since))

    @app.get("/v1/snapshots/{digest}", response_model=Snapshot)
    def download(
        who: Annotated[Researcher, Depends(MayResearch(Operation.DOWNLOAD_SNAPSHOT))], digest: DigestInPath
    ) -> Response:
        """A snapshot with its text."""
        return Json(hub.shelf.open(who.fleet_uid, digest))


def reproduction(app: FastAPI, hub: Hub) -> None:
    """The three routes of a reproduction."""

    @app.get("/v1/reproduction/inputs", response_class=Response, responses=TAR)
    def inputs(who: Annotated[Reproducer, Depends(MayReproduce(Operation.FETCH_REPRODUCTION_INPUTS))]) -> Response:
        """`plan.json` and the sealed task folders as a tar."""
        return StreamingResponse(hub.reproducing.inputs(who), media_type="application/x-tar")

    @app.get("/v1/reproduction/snapshot", response_class=Response, responses=TAR)
    def snapshot(
        who: Annotated[Reproducer, Depends(MayReproduce(Operation.FETCH_REPRODUCTION_SNAPSHOT))],
    ) -> Response:
        """The snapshot to run, as its canonical tar."""
        return Response(hub.reproducing.snapshot(who), media_type="application/x-tar")

    @app.post("/v1/reproduction/predictions", status_code=204)
    def deliver(
        who: Annotated[Reproducer, Depends(MayReproduce(Operation.UPLOAD_REPRODUCTION))],
        key: Key,
        body: Annotated[ReproductionPredictions, body(ReproductionPredictions, MAX_PREDICTIONS)],
    ) -> None:
        """Hand in one run's predictions, or why there are none."""
        hub.reproducing.deliver(who, key, body)
