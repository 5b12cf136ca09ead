"""An evaluator of the tests: the evaluator's routes over a dictionary, without labels, scores or a database.

It stands in for the real one in tests of the hub alone. What it returns as scores is what a test has put there.
"""

import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from anyio import to_thread
from researchfleet_core.wire.base import Refusal
from researchfleet_core.wire.evaluation import EvaluationPlan, EvaluatorRegister, EvaluatorSubmit, FleetScores, Planned
from researchfleet_core.wire.experiments import (
    Feedback,
    OwnExperiment,
    OwnExperiments,
    Registered,
    SeedTask,
    Submitted,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TOKEN = "the-hub's-token-for-the-evaluator"
ROWS = 4
PROBLEM = f"sha256:{'5' * 64}"


@dataclass
class EvaluatorDouble:
    """Remembers what it was told.

    refusal: answer every registration with this; is_broken: answer everything with 500; gate: answer submissions when open.
    """

    plans: dict[str, EvaluationPlan] = field(default_factory=dict)
    experiments: dict[str, EvaluatorRegister] = field(default_factory=dict)
    by_key: dict[tuple[str, str], str] = field(default_factory=dict)
    delivered: dict[str, set[int]] = field(default_factory=dict)
    scores: dict[str, FleetScores] = field(default_factory=dict)
    nominations: int = 0
    deliveries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    is_broken: bool = False
    wrong_tokens: int = 0
    submitting: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event | None = None

    def reset(self) -> None:
        """Forget everything."""
        self.__dict__.update(EvaluatorDouble().__dict__)

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                self._route("/v1/fleets/{fleet}", self._plan, "PUT"),
                self._route("/v1/experiments", self._register, "POST"),
                self._route("/v1/experiments/{experiment}/predictions", self._submit, "POST"),
                self._route("/v1/fleets/{fleet}/agents/{agent}/experiments", self._own, "GET"),
                self._route("/v1/fleets/{fleet}/scores", self._scores, "GET"),
                self._route("/v1/fleets/{fleet}/reproductions", self._nominate, "POST"),
                self._route("/v1/fleets/{fleet}/inputs", self._inputs, "GET"),
                self._route("/v1/reproductions/{reproduction}/inputs", self._inputs, "GET"),
                self._route("/v1/reproductions/{reproduction}/predictions", self._deliver, "POST"),
                self._route("/v1/reproductions/{reproduction}/end", self._end, "POST"),
            ]
        )

    def _route(self, path: str, answer: Any, method: str) -> Route:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                self.wrong_tokens += 1
                return json(Refusal(error="wrong token", reason="Unauthenticated"), 401)
            if self.is_broken:
                return json(Refusal(error="broken", reason="InternalError"), 500)
            answered: Response = await answer(request)
            return answered

        return Route(path, guarded, methods=[method])

    async def _plan(self, request: Request) -> Response:
        plan = EvaluationPlan.model_validate_json(await request.body())
        before = self.plans.get(plan.fleet_uid)
        if before and before != plan and self.experiments:
            return json(Refusal(error="plan: an experiment exists", reason="ProblemChanged", field="plan"), 409)
        self.plans[plan.fleet_uid] = plan
        return json(Planned(problem=PROBLEM, testbed=f"{plan.testbed}@{PROBLEM}"))

    async def _register(self, request: Request) -> Response:
        asked = EvaluatorRegister.model_validate_json(await request.body())
        if self.refusal:
            return json(self.refusal, 422)
        experiment = self.by_key.setdefault((asked.owner.agent_uid, asked.key), f"x{len(self.by_key) + 1}")
        self.experiments[experiment] = asked
        self.delivered.setdefault(experiment, set())
        return json(Registered(experiment=experiment, seeds=self._seeds(experiment), rows=ROWS))

    async def _submit(self, request: Request) -> Response:
        asked = EvaluatorSubmit.model_validate_json(await request.body())
        self.submitting.set()
        if self.gate:
            await to_thread.run_sync(self.gate.wait)
        known = self.experiments.get(asked.experiment)
        if known is None or known.owner.agent_uid != asked.owner.agent_uid:
            return json(Refusal(error=f"experiment: {asked.experiment} is not yours", reason="UnknownExperiment"), 404)
        if len(asked.predictions) != ROWS:
            said = f"predictions: {len(asked.predictions)} are not allowed ({ROWS})"
            return json(Refusal(error=said, reason="WrongLength", field="predictions"), 422)
        done = self.delivered[asked.experiment]
        done.add(asked.seed)
        remaining = known.experiment.seeds - len(done)
        feedback = None if remaining else Feedback(mode="ladder", improved=True, accuracy=0.7, pgr=0.4)
        return json(Submitted(experiment=asked.experiment, seed=asked.seed, remaining=remaining, feedback=feedback))

    async def _own(self, request: Request) -> Response:
        agent = request.path_params["agent"]
        own = [
            OwnExperiment(
                experiment=uid,
                title=one.experiment.title,
                family=one.experiment.family,
                snapshot=one.experiment.snapshot,
                seeds=self._seeds(uid),
                delivered=len(self.delivered[uid]),
            )
            for uid, one in reversed(self.experiments.items())
            if one.owner.agent_uid == agent
        ]
        return json(OwnExperiments(experiments=own))

    async def _scores(self, request: Request) -> Response:
        fleet = request.path_params["fleet"]
        return json(self.scores.get(fleet) or nothing_scored(fleet))

    async def _nominate(self, request: Request) -> Response:
        self.nominations += 1
        return await self._scores(request)

    async def _inputs(self, request: Request) -> Response:
        return Response(tar({"task.json": request.url.path.encode()}), media_type="application/x-tar")

    async def _deliver(self, request: Request) -> Response:
        self.deliveries.append((request.path_params["reproduction"], await request.json()))
        return Response(status_code=204)

    async def _end(self, request: Request) -> Response:
        self.ended[request.path_params["reproduction"]] = (await request.json())["reason"]
        return Response(status_code=204)

    def _seeds(self, experiment: str) -> list[SeedTask]:
        return [SeedTask(seed=100 + n, teacher=n) for n in range(self.experiments[experiment].experiment.seeds)]


def json(message: Any, status: int = 200) -> Response:
    """A message as an answer."""
    return Response(message.model_dump_json(), status, media_type="application/json")


def nothing_scored(fleet: str) -> FleetScores:
    """Scores of a fleet without experiments."""
    return FleetScores(fleet_uid=fleet, problem=None, testbed=None, experiments=[], reproductions=[])


def tar(files: dict[str, bytes]) -> bytes:
    """A tar of plain files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


@contextmanager
def serving(double: EvaluatorDouble, socket: Path) -> Iterator[str]:
    """The double behind a unix socket; yields its address."""
    server = uvicorn.Server(uvicorn.Config(double.app(), uds=str(socket), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.005)
    try:
        yield f"unix:{socket}"
    finally:
        server.should_exit = True
        thread.join()
