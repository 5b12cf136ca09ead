"""The evaluator as a web application."""

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.guard import Guard, answer_errors
from researchfleet_evaluator.routes import experiments, fleets, reproductions


def create_app(evaluator: Evaluator, token: str) -> FastAPI:
    """All routes behind the hub's token."""
    app = FastAPI(title="ResearchFleet evaluator", redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.evaluator = evaluator
    app.include_router(fleets.router)
    app.include_router(experiments.router)
    app.include_router(reproductions.router)
    answer_errors(app, evaluator.metrics)
    app.add_middleware(Guard, token=token, metrics=evaluator.metrics)

    @app.get("/healthz")
    async def healthz() -> Response:
        """200 when the database answers."""
        await run_in_threadpool(lambda: evaluator.store.read(lambda connection: connection.execute(text("SELECT 1"))))
        return Response("ok", media_type="text/plain")

    @app.get("/metrics")
    async def metrics(_: Request) -> Response:
        """For Prometheus."""
        return Response(evaluator.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return app
