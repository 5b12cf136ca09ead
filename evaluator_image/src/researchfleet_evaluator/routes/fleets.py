"""Plans, inputs and scores of a fleet."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from researchfleet_core.wire.evaluation import EvaluationPlan

from researchfleet_evaluator import fleets
from researchfleet_evaluator.experiments.reading import own
from researchfleet_evaluator.refusals import RefusalReason
from researchfleet_evaluator.routes.exchange import answer, evaluator_of, read, same, uid
from researchfleet_evaluator.scores import fleet_scores

router = APIRouter(prefix="/v1/fleets/{fleet_uid}")

TAR = "application/x-tar"


def known(fleet_uid: str) -> str:
    """A fleet's uid out of a path."""
    return uid(fleet_uid, RefusalReason.UNKNOWN_FLEET, "fleet")


@router.put("")
async def put_plan(request: Request, fleet_uid: str) -> Response:
    """Say what is scored. Idempotent; 409 ProblemChanged once an experiment exists."""
    plan = await read(request, EvaluationPlan)
    same(known(fleet_uid), plan.fleet_uid, "fleet_uid")
    return await answer(lambda: fleets.put_plan(evaluator_of(request), plan))


@router.get("/scores")
async def get_scores(request: Request, fleet_uid: str) -> Response:
    """All scores, for people."""
    return await answer(lambda: fleet_scores(evaluator_of(request), known(fleet_uid)))


@router.get("/agents/{agent_uid}/experiments")
async def get_own_experiments(request: Request, fleet_uid: str, agent_uid: str) -> Response:
    """One agent's experiments, as it may see them."""
    agent = uid(agent_uid, RefusalReason.NOT_FOUND, "agent")
    return await answer(lambda: own(evaluator_of(request), known(fleet_uid), agent))


@router.get("/inputs")
async def get_inputs(request: Request, fleet_uid: str) -> Response:
    """The task folder that agents get, as a tar."""
    evaluator, fleet = evaluator_of(request), known(fleet_uid)

    def work() -> bytes:
        problem = evaluator.store.read(lambda connection: fleets.load(connection, fleet)).problem
        return evaluator.shelf.research(problem.testbed).archive

    return Response(await run_in_threadpool(work), media_type=TAR)
