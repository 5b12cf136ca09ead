"""A summary from what the runtime, the hub and the evaluator know at one moment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from researchfleet_core import families
from researchfleet_core.api.problem import ProblemSpec, Reference
from researchfleet_core.api.quantities import NANO
from researchfleet_core.deciding import AgentState
from researchfleet_core.testbed import Interval as TestbedInterval
from researchfleet_core.testbed import Manifest
from researchfleet_core.wire.evaluation import ExperimentScore, FleetScores, Interval, Reproduction
from researchfleet_core.wire.findings import Finding
from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.sync import AgentFacts, Amounts

from researchfleet.local.status import AgentStatus, Status
from researchfleet.summary.model import (
    AgentPart,
    Baseline,
    Best,
    Diversity,
    DiversityPoint,
    FleetPart,
    Ledger,
    Outcome,
    Problem,
    Provenance,
    Summary,
    TestbedPart,
    Times,
)

# As many findings as the hub's own diversity looks back on.
WINDOW = 20
RESEARCH_KINDS = (EntryKind.TOKENS, EntryKind.COMPUTE, EntryKind.STORAGE)


@dataclass(frozen=True)
class Sources:
    """Everything a summary is made of. testbeds: manifests by version (`<name>@sha256:...`), of every testbed there is."""

    status: Status
    outcome: Outcome
    scores: FleetScores
    findings: Sequence[Finding]
    testbeds: Mapping[str, Manifest]
    provenance: Provenance


def build(of: Sources) -> Summary:
    """The summary. It computes nothing that the evaluator or the ledger has computed; it only puts it together."""
    status = of.status
    experiments = sorted(of.scores.experiments, key=lambda one: (one.registered, one.experiment))
    facts = status.sync.agents if status.sync else {}
    return Summary(
        fleet=FleetPart(name=status.fleet, uid=status.uid, spec=status.spec),
        outcome=of.outcome,
        times=Times(
            started=status.started,
            first_scored=min((one.finished for one in experiments if one.finished), default=None),
            research_ended=_research_ended([agent.state for agent in status.agents]),
            written=status.updated,
        ),
        problem=_problem(status.spec.problem, of),
        best=best(of.scores.reproductions),
        agents=[_agent(agent, facts.get(agent.state.name), experiments) for agent in status.agents],
        experiments=experiments,
        reproductions=of.scores.reproductions,
        findings=list(of.findings),
        diversity=_diversity(of.findings, experiments),
        ledger=ledger(status.sync.ledger.amounts if status.sync else Amounts()),
        provenance=of.provenance,
    )


def best(reproductions: Iterable[Reproduction]) -> Best | None:
    """The ranked reproduction with the highest PGR on the sealed rows."""
    ranked = [(one, one.reproduced) for one in reproductions if one.ranked and one.reproduced]
    if not ranked:
        return None
    one, pgr = max(ranked, key=lambda pair: pair[1].value)
    return Best(reproduction=one.uid, agent=one.agent, title=one.title, family=one.family, snapshot=one.snapshot, pgr=pgr)


def ledger(amounts: Amounts) -> Ledger:
    """The fleet's account with the one definition of what an agent-hour costs."""
    research = sum(amounts.usd_nano.get(kind, 0) for kind in RESEARCH_KINDS)
    return Ledger(
        usd_nano=amounts.usd_nano,
        agent_hours=amounts.agent_hours,
        pod_hours=amounts.pod_hours,
        gpu_hours=amounts.gpu_hours,
        tokens=amounts.tokens,
        evaluations=amounts.evaluations,
        usd_per_agent_hour=research / NANO / amounts.agent_hours if amounts.agent_hours else None,
    )


def _research_ended(agents: Iterable[AgentState]) -> datetime | None:
    attempts = [attempt for agent in agents for attempt in agent.attempts]
    ends = [attempt.ended for attempt in attempts if attempt.ended]
    return max(ends, default=None) if len(ends) == len(attempts) else None


def _problem(asked: ProblemSpec, of: Sources) -> Problem:
    names = [named(one) for one in (asked.testbed, *asked.transfer)]
    there = {manifest.name: (version, manifest) for version, manifest in of.testbeds.items()}
    return Problem(
        digest=of.scores.problem,
        testbed=names[0],
        student=named(asked.student),
        other_students=[named(one) for one in asked.other_students],
        transfer=names[1:],
        testbeds=[_testbed(*there[name]) for name in names if name in there],
    )


def named(reference: Reference) -> str:
    """What a reference is called: its bundled name, else its address."""
    if reference.bundled:
        return reference.bundled
    if reference.s3:
        return reference.s3.url
    if reference.pvc:
        return f"{reference.pvc.claim_name}/{reference.pvc.path}"
    return reference.image.reference if reference.image else ""


def _testbed(version: str, manifest: Manifest) -> TestbedPart:
    return TestbedPart(
        name=manifest.name,
        version=version,
        question=manifest.task.question,
        teachers=f"{manifest.teachers.model}, {manifest.teachers.labels} labels each",
        source=manifest.source.title,
        licence=manifest.source.licence,
        baselines=[
            Baseline(student=one.student, slice=one.slice, weak=_interval(one.weak), ceiling=_interval(one.ceiling))
            for one in manifest.baselines
        ],
    )


def _interval(of: TestbedInterval) -> Interval:
    return Interval(value=of.mean, low=of.low, high=of.high)


def _agent(agent: AgentStatus, facts: AgentFacts | None, experiments: Sequence[ExperimentScore]) -> AgentPart:
    state = agent.state
    own = [one for one in experiments if one.agent_uid == state.uid and one.finished]
    amounts = facts.ledger.amounts if facts else Amounts()
    shown = [one.feedback.pgr for one in own if one.feedback and one.feedback.pgr is not None]
    return AgentPart(
        name=state.name,
        uid=state.uid,
        direction=agent.direction,
        attempts=len(state.attempts),
        ended=state.finished or (state.last.reason if state.last else None),
        failed=state.failed,
        experiments=len(own),
        findings=facts.findings if facts else 0,
        best_shown=max(shown, default=None),
        best_dev=_highest(one.dev for one in own),
        best_rank=_highest(one.rank for one in own),
        agent_hours=amounts.agent_hours,
        pod_hours=amounts.pod_hours,
        tokens=amounts.tokens,
        usd_nano=amounts.usd_nano,
    )


def _highest(scores: Iterable[Interval | None]) -> Interval | None:
    return max((score for score in scores if score), key=lambda score: score.value, default=None)


def _diversity(findings: Sequence[Finding], experiments: Sequence[ExperimentScore]) -> Diversity:
    told = [(finding.created, finding.family) for finding in findings if finding.family]
    seen = [family for _, family in told]
    now = families.diversity(seen, window=WINDOW)
    over_time = []
    for number, (created, _) in enumerate(told, start=1):
        recent = seen[:number][-WINDOW:]
        bits = families.entropy_bits(Counter(recent).values())
        over_time.append(DiversityPoint(at=datetime.fromisoformat(created), bits=bits, findings=len(recent)))
    return Diversity(
        bits=now.bits,
        low=now.low,
        high=now.high,
        effective=now.effective,
        maximum_bits=families.MAX_ENTROPY_BITS,
        window=WINDOW,
        counts=dict(Counter(one.family for one in experiments)),
        over_time=over_time,
    )
