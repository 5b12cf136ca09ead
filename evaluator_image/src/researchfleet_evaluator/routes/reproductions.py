"""Nominating finalists, their inputs and what their runs give."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from researchfleet_core.wire.evaluation import ReproductionEnd, ReproductionPredictions

from researchfleet_evaluator.refusals import RefusalReason
from researchfleet_evaluator.reproduction.delivering import deliver, end
from researchfleet_evaluator.reproduction.inputs import archive
from researchfleet_evaluator.reproduction.nominating import nominate
from researchfleet_evaluator.routes.exchange import answer, evaluator_of, read, uid
from researchfleet_evaluator.routes.fleets import TAR, known

router = APIRouter(prefix="/v1")


@router.post("/fleets/{fleet_uid}/reproductions")
async def post_nomination(request: Request, fleet_uid: str) -> Response:
    """Open reproductions for the best snapshots. Idempotent while no better one has come."""
    return await answer(lambda: nominate(evaluator_of(request), known(fleet_uid)))


@router.get("/reproductions/{reproduction}/inputs")
async def get_inputs(request: Request, reproduction: str) -> Response:
    """plan.json and the task folders of a reproduction, as a tar."""
    return Response(await run_in_threadpool(archive, evaluator_of(request), _known(reproduction)), media_type=TAR)


@router.post("/reproductions/{reproduction}/predictions", status_code=204)
async def post_predictions(request: Request, reproduction: str) -> Response:
    """One run's predictions. Idempotent by run and predictions."""
    body = await read(request, ReproductionPredictions)
    return await _done(lambda: deliver(evaluator_of(request), _known(reproduction), body))


@router.post("/reproductions/{reproduction}/end", status_code=204)
async def post_end(request: Request, reproduction: str) -> Response:
    """Give a reproduction up; its missing runs have failed. Idempotent."""
    body = await read(request, ReproductionEnd)
    return await _done(lambda: end(evaluator_of(request), _known(reproduction), body.reason))


def _known(reproduction: str) -> str:
    return uid(reproduction, RefusalReason.UNKNOWN_REPRODUCTION, "reproduction")


async def _done(work: Callable[[], None]) -> Response:
    await run_in_threadpool(work)
    return Response(status_code=204)
