"""A fleet's spec as the messages that set up hub and evaluator."""

from datetime import datetime

from researchfleet_core.api.budget import BudgetSpec, LimitsSpec
from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.pods import bytes_of
from researchfleet_core.api.problem import Reference
from researchfleet_core.api.quantities import nano, seconds
from researchfleet_core.wire.evaluation import EvaluationPlan, FeedbackMode
from researchfleet_core.wire.setup import FleetSetup, Limits, Prices

# Of a sandbox's memory, what one training run may take: beside it live the relay, the researcher and its warm process.
_RUN_SHARE = 0.75


def setup(name: str, uid: str, spec: FleetSpec, started: datetime) -> FleetSetup:
    """started: when the fleet first ran; its deadline counts from there."""
    deadline = started + seconds(spec.budget.deadline) if spec.budget.deadline else None
    return FleetSetup(
        fleet_uid=uid,
        fleet=name,
        plan=plan(name, uid, spec),
        limits=limits(spec.budget, spec.budget.soft_percent, deadline),
        agent_limits=limits(spec.budget.per_agent, spec.budget.soft_percent),
        prices=prices(spec.budget),
    )


def plan(name: str, uid: str, spec: FleetSpec) -> EvaluationPlan:
    """What is scored and how; locally every reference is a bundled one."""
    problem, evaluation = spec.problem, spec.evaluation
    return EvaluationPlan(
        fleet_uid=uid,
        fleet=name,
        testbed=versioned(problem.testbed),
        transfer=[versioned(one) for one in problem.transfer],
        students=[bundled(one) for one in (problem.student, *problem.other_students)],
        feedback=FeedbackMode(evaluation.feedback),
        seeds=evaluation.seeds,
        finalists=evaluation.reproduction.finalists,
        reproduction_seeds=evaluation.reproduction.seeds,
        run_seconds=evaluation.reproduction.run_seconds,
        run_memory_mib=run_memory_mib(spec),
    )


def run_memory_mib(spec: FleetSpec) -> int:
    """What one training run may take, MiB; the same in an agent's sandbox and in a reproduction's."""
    return max(64, int(bytes_of(spec.agents.resources.memory) * _RUN_SHARE) >> 20)


def bundled(reference: Reference) -> str:
    """Its name; `supported` has refused any other reference."""
    if reference.bundled is None:
        raise ValueError("only bundled references run locally")
    return reference.bundled


def versioned(reference: Reference) -> str:
    """`<name>` or `<name>@sha256:<hex>`."""
    return f"{bundled(reference)}@{reference.digest}" if reference.digest else bundled(reference)


def limits(spec: LimitsSpec, soft_percent: int, deadline: datetime | None = None) -> Limits:
    """Of the fleet or of each agent."""
    return Limits(
        usd_nano=None if spec.usd is None else nano(spec.usd),
        agent_hours=None if spec.agent_hours is None else float(spec.agent_hours),
        gpu_hours=None if spec.gpu_hours is None else float(spec.gpu_hours),
        tokens=spec.tokens,
        evaluations=spec.evaluations,
        deadline=deadline,
        soft=soft_percent / 100,
    )


def prices(spec: BudgetSpec) -> Prices:
    """In nano-USD."""
    return Prices(
        pod_hour_nano=nano(spec.prices.pod_hour),
        gpu_hour_nano=nano(spec.prices.gpu_hour),
        gib_month_nano=nano(spec.prices.gib_month),
    )
