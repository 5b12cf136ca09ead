"""The internal port: for the runtime and for people, never reachable from a sandbox."""

from typing import Annotated

from fastapi import Depends, FastAPI
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from researchfleet_core.families import Family
from researchfleet_core.wire.base import Name
from researchfleet_core.wire.evaluation import FleetScores, ReproductionEnd
from researchfleet_core.wire.findings import FindingPage, FindingType, Thread
from researchfleet_core.wire.ledger import LedgerPage
from researchfleet_core.wire.principals import IssuedToken, IssueToken, Operation, Principal
from researchfleet_core.wire.setup import FleetReady, FleetSetup
from researchfleet_core.wire.snapshots import Snapshot
from researchfleet_core.wire.sync import SyncRequest, SyncResponse
from sqlalchemy import select
from starlette.responses import Response

from researchfleet_hub.faces.answers import REFUSALS, Json, explain_refusals
from researchfleet_hub.faces.bodies import body, describe_bodies
from researchfleet_hub.faces.metrics import Metrics
from researchfleet_hub.faces.requests import DigestInPath, Limit, Number, Since, UidInPath
from researchfleet_hub.forum.reading import Wanted
from researchfleet_hub.hub import Hub
from researchfleet_hub.identity.door import Door, May

# Ten thousand attempts.
MAX_SYNC = 8 * 1024 * 1024

OPEN = frozenset({"/healthz", "/metrics", "/openapi.json"})


class Healthy(BaseModel):
    """The hub can read its database."""

    status: str = "ok"


def internal_port(hub: Hub, metrics: Metrics) -> FastAPI:
    """The ASGI application of the internal port."""
    app = FastAPI(
        title="ResearchFleet hub, internal port",
        version="v1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=REFUSALS,
    )
    explain_refusals(app)
    describe_bodies(app)
    watching(app, hub, metrics)
    runtime(app, hub)
    people(app, hub)
    app.add_middleware(Door, identify=hub.file_tokens.identify, open_to_all=OPEN)
    return app


def watching(app: FastAPI, hub: Hub, metrics: Metrics) -> None:
    """Probes and scrapes; open to whoever reaches the port."""

    @app.get("/healthz", response_model=Healthy)
    def healthz() -> Response:
        """200 when the database answers."""
        with hub.database.read() as connection:
            connection.execute(select(1))
        return Json(Healthy())

    @app.get("/metrics", include_in_schema=False)
    def scrape() -> Response:
        """Prometheus text."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def runtime(app: FastAPI, hub: Hub) -> None:
    """What only a runtime does."""

    @app.put("/internal/v1/fleets/{uid}", response_model=FleetReady)
    def set_up(
        _: Annotated[Principal, Depends(May(Operation.SYNC))], uid: UidInPath, body: Annotated[FleetSetup, body(FleetSetup)]
    ) -> Response:
        """Say what a fleet may spend and how it is scored."""
        return Json(hub.setup.put(uid, body))

    @app.post("/internal/v1/fleets/{uid}/sync", response_model=SyncResponse)
    def sync(
        _: Annotated[Principal, Depends(May(Operation.SYNC))],
        uid: UidInPath,
        body: Annotated[SyncRequest, body(SyncRequest, MAX_SYNC)],
    ) -> Response:
        """The one poll: attempts in; leases, verdicts and facts out."""
        return Json(hub.syncing.sync(uid, body))

    @app.post("/internal/v1/tokens", response_model=IssuedToken)
    def issue(
        _: Annotated[Principal, Depends(May(Operation.ISSUE_TOKEN))], body: Annotated[IssueToken, body(IssueToken)]
    ) -> Response:
        """A token for one attempt, shown once."""
        return Json(hub.sandbox_tokens.issue(body.principal))

    @app.post("/internal/v1/reproductions/{uid}/end", status_code=204)
    def end(
        _: Annotated[Principal, Depends(May(Operation.SYNC))],
        uid: UidInPath,
        body: Annotated[ReproductionEnd, body(ReproductionEnd)],
    ) -> None:
        """Give a reproduction up: what is missing has failed."""
        hub.people_evaluator.end_reproduction(uid, body)


def people(app: FastAPI, hub: Hub) -> None:
    """What people may see."""

    @app.get("/internal/v1/fleets/{uid}/scores", response_model=FleetScores)
    def scores(_: Annotated[Principal, Depends(May(Operation.READ_SCORES))], uid: UidInPath) -> Response:
        """All scores, rank scores too."""
        return Json(hub.people_evaluator.scores(uid))

    @app.get("/internal/v1/fleets/{uid}/findings", response_model=FindingPage)
    def findings(
        *,
        _: Annotated[Principal, Depends(May(Operation.READ_FINDINGS))],
        uid: UidInPath,
        since: Since = 0,
        limit: Limit = 100,
        type: FindingType | None = None,  # noqa: A002 - the parameter's name on the wire
        family: Family | None = None,
        author: Name | None = None,
    ) -> Response:
        """The next findings in order of id."""
        return Json(hub.reading.page(uid, Wanted(since, limit, type, family, author)))

    @app.get("/internal/v1/fleets/{uid}/findings/{number}", response_model=Thread)
    def thread(_: Annotated[Principal, Depends(May(Operation.READ_FINDINGS))], uid: UidInPath, number: Number) -> Response:
        """A finding and all answers to it."""
        return Json(hub.reading.thread(uid, number))

    @app.get("/internal/v1/fleets/{uid}/snapshots/{digest}", response_model=Snapshot)
    def snapshot(
        _: Annotated[Principal, Depends(May(Operation.DOWNLOAD_SNAPSHOT))], uid: UidInPath, digest: DigestInPath
    ) -> Response:
        """A snapshot with its text."""
        return Json(hub.shelf.open(uid, digest))

    @app.get("/internal/v1/fleets/{uid}/ledger", response_model=LedgerPage)
    def ledger(
        _: Annotated[Principal, Depends(May(Operation.READ_LEDGER))],
        uid: UidInPath,
        since: Since = 0,
        limit: Limit = 100,
    ) -> Response:
        """The next ledger entries in order of id."""
        return Json(hub.ledger.page(uid, since, limit))
