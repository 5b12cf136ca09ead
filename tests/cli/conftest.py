"""A made-up run for the command line's tests: no number in it was measured. Real runs are under tests/cli/local."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from researchfleet.fleetfile import read_fleet
from researchfleet.local.status import AgentStatus, Status
from researchfleet.summary import Sources, State, Summary, build
from researchfleet.summary.model import Outcome, Provenance
from researchfleet_core.api import ResearchFleet
from researchfleet_core.api.fleet import AgentCounts
from researchfleet_core.deciding import AgentState, Attempt, Phase
from researchfleet_core.families import Family
from researchfleet_core.reasons import EndReason
from researchfleet_core.testbed import FORMAT, Manifest
from researchfleet_core.wire.evaluation import (
    ConditionScore,
    ExperimentScore,
    FleetScores,
    Interval,
    Reproduction,
    Variation,
)
from researchfleet_core.wire.experiments import Feedback, SeedTask
from researchfleet_core.wire.findings import Finding, FindingType
from researchfleet_core.wire.sync import (
    AgentFacts,
    Amounts,
    LedgerState,
    ReproductionFacts,
    ReproductionState,
    SyncResponse,
    Verdict,
)

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "examples" / "quickstart.yaml"

# Weak and ceiling accuracy by testbed, invented but of the size that MiniLM reaches on such sentences.
GAPS = {"movie": (0.652, 0.777), "amazon": (0.661, 0.801), "nyt": (0.622, 0.790), "tweets": (0.741, 0.881)}
GAP_INTERVAL = {"mean": 0.0, "low": -0.02, "high": 0.02}
FAMILIES = (
    (Family.UNSUPERVISED_ELICITATION, Family.ENSEMBLE, Family.CONFIDENCE_WEIGHTING),
    (Family.DATA_FILTERING, Family.CONFIDENCE_WEIGHTING, Family.LOSS_FUNCTION),
    (Family.ENSEMBLE, Family.SELF_TRAINING, Family.DISTILLATION),
)
TITLES = {
    Family.UNSUPERVISED_ELICITATION: "Clusters of the student's own features, named by weak votes",
    Family.ENSEMBLE: "Seven bagged students",
    Family.CONFIDENCE_WEIGHTING: "Rows weighted by the teacher's margin",
    Family.DATA_FILTERING: "Keep the confident half, balanced",
    Family.LOSS_FUNCTION: "Log-confidence loss, alpha 0.5",
    Family.SELF_TRAINING: "Three rounds of self-training, prior matched",
    Family.DISTILLATION: "Student of the ensemble's soft votes",
}


def interval(value: float, half: float) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def digest(number: int) -> str:
    return f"sha256:{sha256(str(number).encode()).hexdigest()}"


def version(testbed: str) -> str:
    return f"{testbed}@{digest(7 + list(GAPS).index(testbed))}"


def manifest(name: str, students: list[str]) -> Manifest:
    """The manifest of a testbed with GAPS; the second student's ceiling is lower."""
    weak, ceiling = GAPS[name]
    slices = ("dev", "rank", "sealed") if name == "movie" else ("sealed",)

    def estimate(mean: float, count: int) -> dict[str, object]:
        return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01, "values": [mean] * count}

    return Manifest.model_validate(
        {
            "format": FORMAT,
            "name": name,
            "use": "research" if name == "movie" else "transfer",
            "task": {"kind": "binary", "question": "Is this sentence positive?", "balanced": True, "grouped": False},
            "source": {
                "title": f"Rated {name} sentences",
                "package": "x",
                "provenance": "x",
                "citation": "x",
                "licence": "MIT",
            },
            "teachers": {
                "model": "tf-idf + logistic regression",
                "labels": 280,
                "agent": 5 if name == "movie" else 0,
                "sealed": 5,
                "seed": 1,
            },
            "students": students,
            "recipe": {"fit": "top layer", "parameters": {"epochs": 2}},
            "baselines": [
                {
                    "student": student,
                    "slice": part,
                    "weak": estimate(weak, 5),
                    "ceiling": {**estimate(ceiling - 0.02 * rank, 5), "seeds": [0, 1, 2, 3, 4]},
                    "gap": {key: ceiling - 0.02 * rank - weak + off for key, off in GAP_INTERVAL.items()},
                }
                for rank, student in enumerate(students)
                for part in slices
            ],
        }
    )


@dataclass
class Run:
    """The parts of a run, to be changed by a test before `summary()` puts them together."""

    fleet: ResearchFleet
    agents: list[AgentState] = field(default_factory=list)
    experiments: list[ExperimentScore] = field(default_factory=list)
    reproductions: list[Reproduction] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, AgentFacts] = field(default_factory=dict)
    amounts: Amounts = field(default_factory=Amounts)
    outcome: Outcome = field(default_factory=lambda: Outcome(state=State.FINISHED, reason="BudgetExhausted"))
    now: datetime = START + timedelta(seconds=268)

    @property
    def sync(self) -> SyncResponse:
        return SyncResponse(
            now=self.now,
            agents=self.facts,
            ledger=LedgerState(verdict=Verdict.HARD, limit="deadline", amounts=self.amounts),
            leases={},
            reproductions=[
                ReproductionFacts(
                    uid=one.uid,
                    snapshot=one.snapshot,
                    agent=one.agent,
                    title=one.title,
                    state=one.state,
                    runs=one.runs,
                    delivered=one.delivered,
                    pgr=one.reproduced.value if one.reproduced else None,
                    ranked=one.ranked,
                )
                for one in self.reproductions
            ],
            evaluator_reachable=True,
            problem=digest(99),
            entropy_bits=2.31,
            nominated=True,
            experiments=len(self.experiments),
            findings=len(self.findings),
            best_pgr=max(
                (one.reproduced.value for one in self.reproductions if one.ranked and one.reproduced), default=None
            ),
        )

    @property
    def scores(self) -> FleetScores:
        return FleetScores(
            fleet_uid="f-1",
            problem=digest(99),
            testbed=version("movie"),
            experiments=self.experiments,
            reproductions=self.reproductions,
        )

    def status(self, at: datetime | None = None, phase: Phase = Phase.FINISHED) -> Status:
        return Status(
            updated=at or self.now,
            fleet=self.fleet.metadata.name,
            uid="f-1",
            pid=4_000_000,
            started=START,
            finished=self.now if phase is Phase.FINISHED else None,
            phase=phase,
            sandbox="bwrap",
            conditions=[],
            spec=self.fleet.spec,
            counts=AgentCounts(wanted=len(self.agents)),
            agents=[AgentStatus(state=agent, direction=self.facts[agent.name].direction) for agent in self.agents],
            reproductions=[],
            services={"evaluator": 1, "hub": 1},
            sync=self.sync,
        )

    def manifests(self) -> list[Manifest]:
        return [manifest(name, ["minilm", "minilm-cut3"]) for name in GAPS]

    def summary(self) -> Summary:
        return build(
            Sources(
                status=self.status(),
                outcome=self.outcome,
                scores=self.scores,
                findings=self.findings,
                testbeds={version(one.name): one for one in self.manifests()},
                provenance=Provenance(
                    researchfleet="0.1.0",
                    commit="0123456789abcdef0123456789abcdef01234567",
                    python="3.11.9",
                    platform="Linux x86_64",
                    cores=2,
                    sandbox="bwrap",
                    packages={"numpy": "2.3.0", "torch": "2.15.0"},
                ),
            )
        )

    def add_agent(self, direction: str) -> str:
        """A researcher that ran for 150 s; its name."""
        ordinal = len(self.agents)
        name = f"{self.fleet.metadata.name}-{ordinal}"
        attempt = Attempt(
            uid=f"a-{ordinal}-1",
            owner=name,
            number=1,
            created=START,
            started=START + timedelta(seconds=4),
            ended=START + timedelta(seconds=158),
            reason=EndReason.BUDGET_EXHAUSTED,
        )
        self.agents.append(AgentState(name=name, uid=f"u-{ordinal}", ordinal=ordinal, created=START, attempts=(attempt,)))
        amounts = Amounts(usd_nano={"compute": 2_138_889, "storage": 41}, agent_hours=154 / 3600, pod_hours=154 / 3600)
        self.facts[name] = AgentFacts(direction=direction, ledger=LedgerState(verdict=Verdict.HARD, amounts=amounts))
        return name

    def add_experiment(self, agent: str, family: Family, at: float, pgr: float, shown: float | None) -> ExperimentScore:
        """A finished experiment, `at` seconds after the start, whose rank PGR is `pgr`."""
        number = len(self.experiments)
        ordinal = int(agent.rpartition("-")[2])
        one = ExperimentScore(
            experiment=f"e-{number}",
            agent=agent,
            agent_uid=f"u-{ordinal}",
            title=f"{TITLES.get(family, family)} ({number})",
            hypothesis="The teacher's mistakes are not the student's.",
            family=family,
            snapshot=digest(1000 + number),
            seeds=[SeedTask(seed=100 + 3 * number + i, teacher=i) for i in range(3)],
            delivered=3,
            registered=START + timedelta(seconds=at - 7),
            finished=START + timedelta(seconds=at),
            dev=interval(pgr + 0.05, 0.16),
            rank=interval(pgr, 0.18),
            feedback=Feedback(mode="ladder", improved=shown is not None, pgr=shown),
        )
        self.experiments.append(one)
        self.facts[agent] = self.facts[agent].model_copy(update={"experiments": self.facts[agent].experiments + 1})
        return one

    def add_finding(self, agent: str, title: str, content: str, **more: object) -> Finding:
        """A finding, 10 s after the one before."""
        number = len(self.findings) + 1
        values = {
            "id": number,
            "author": agent,
            "created": (START + timedelta(seconds=20 + 10 * number)).isoformat(),
            "type": FindingType.RESULT,
            "title": title,
            "content": content,
            "family": None,
            "snapshot": None,
            "experiment": None,
            "parent": None,
            "claims": {},
            "verified": False,
            "upvotes": 0,
            "downvotes": 0,
            "replies": 0,
        }
        one = Finding.model_validate(values | more)
        self.findings.append(one)
        self.facts[agent] = self.facts[agent].model_copy(update={"findings": self.facts[agent].findings + 1})
        return one

    def add_reproduction(self, of: ExperimentScore, pgr: float, *, survives: bool = False) -> Reproduction:
        """A finalist that was reproduced with `pgr`; with `survives` also on shuffled labels, so that it is not ranked."""
        conditions = [
            condition("movie", "minilm", Variation.NONE, pgr),
            condition("movie", "minilm", Variation.SHUFFLED_LABELS, pgr - 0.05 if survives else -1.18),
            condition("movie", "minilm-random", Variation.RANDOM_STUDENT, -0.12),
            *(condition(target, "minilm", Variation.NONE, pgr - 0.12 * place) for place, target in enumerate(GAPS) if place),
            condition("movie", "minilm-cut3", Variation.NONE, pgr - 0.06),
        ]
        one = Reproduction(
            uid=f"r-{len(self.reproductions)}",
            agent=of.agent,
            experiments=[of.experiment],
            snapshot=of.snapshot,
            title=of.title,
            family=of.family,
            state=ReproductionState.DONE,
            runs=30,
            delivered=30,
            dev=of.dev,
            rank=of.rank,
            reproduced=conditions[0].pgr,
            conditions=conditions,
            ranked=not survives,
            why_not="with the weak labels shuffled its PGR reaches half the reproduced one" if survives else None,
        )
        self.reproductions.append(one)
        return one


def condition(target: str, student: str, variation: Variation, pgr: float) -> ConditionScore:
    weak, ceiling = GAPS[target]
    return ConditionScore(
        target=version(target),
        student=student,
        variation=variation,
        runs=3,
        failed=0,
        weak=weak,
        ceiling=ceiling,
        accuracy=interval(weak + pgr * (ceiling - weak), 0.02),
        pgr=interval(pgr, 0.15),
    )


@pytest.fixture
def empty_run() -> Callable[[], Run]:
    """A run in which nothing has happened yet."""
    return lambda: Run(read_fleet(EXAMPLE).fleet)


@pytest.fixture
def run() -> Run:
    """A finished run of three agents: 30 experiments, 2 finalists of which one is ranked, a forum."""
    return synthetic()


def synthetic() -> Run:
    draw = random.Random(1)  # noqa: S311 - made-up numbers
    made = Run(read_fleet(EXAMPLE).fleet)
    names = [made.add_agent(prompt) for prompt in made.fleet.spec.directions.prompts]
    best = dict.fromkeys(names, 0.0)
    for step in range(10):
        for ordinal, name in enumerate(names):
            pgr = min(0.72, 0.12 + 0.055 * step + 0.07 * ordinal + draw.gauss(0, 0.12))
            improved = pgr + 0.05 > best[name] + 0.1
            best[name] = round(pgr + 0.05, 2) if improved else best[name]
            family = FAMILIES[ordinal][min(2, int(draw.random() * (1 + step / 4)))]
            one = made.add_experiment(name, family, 22 + 13.5 * step + 3 * ordinal + draw.random() * 4, pgr, best[name])
            if improved:
                text = f"{one.title} beat my best. The teacher is wrong most often where its margin is small."
                claims = {"pgr": round(pgr, 3), "seeds": 3}
                made.add_finding(
                    name, one.title, text, family=family, snapshot=one.snapshot, experiment=one.experiment,
                    claims=claims, verified=True, upvotes=draw.randrange(3),
                )  # fmt: skip
    made.add_finding(names[1], "It holds here too", "Same with my weights.", type="observation", parent=2, upvotes=1)
    by_rank = sorted(made.experiments, key=lambda one: one.rank.value if one.rank else 0, reverse=True)
    made.add_reproduction(by_rank[0], 0.54)
    second = next(one for one in by_rank if one.agent != by_rank[0].agent)
    made.add_reproduction(second, 0.49, survives=True)
    made.amounts = Amounts(
        usd_nano={"tokens": 0, "compute": 6_416_667, "storage": 123, "reproduction": 1_527_778},
        agent_hours=3 * 154 / 3600,
        pod_hours=(3 * 154 + 110) / 3600,
        evaluations=90,
    )
    return made
