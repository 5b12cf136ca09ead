"""Registering and submitting on behalf of an agent."""

from fastapi import APIRouter, Request, Response
from researchfleet_core.wire.evaluation import EvaluatorRegister, EvaluatorSubmit

from researchfleet_evaluator.experiments.registering import register
from researchfleet_evaluator.experiments.submitting import submit
from researchfleet_evaluator.refusals import RefusalReason
from researchfleet_evaluator.routes.exchange import answer, evaluator_of, read, same, uid

router = APIRouter(prefix="/v1/experiments")


@router.post("")
async def post_experiment(request: Request) -> Response:
    """Register an experiment and get its seeds. Idempotent by (owner.agent_uid, key)."""
    body = await read(request, EvaluatorRegister)
    return await answer(lambda: register(evaluator_of(request), body))


@router.post("/{experiment}/predictions")
async def post_predictions(request: Request, experiment: str) -> Response:
    """Submit one seed. Idempotent by (experiment, seed) and predictions; feedback comes with the last."""
    body = await read(request, EvaluatorSubmit)
    same(uid(experiment, RefusalReason.UNKNOWN_EXPERIMENT, "experiment"), body.experiment, "experiment")
    return await answer(lambda: submit(evaluator_of(request), body))
