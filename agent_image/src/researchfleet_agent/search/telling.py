"""What the researcher says: hypotheses before, findings after, votes. Plain sentences about what was really done.

Nothing of another agent's words is repeated: a finding is named by its number, so no text spreads from agent to agent.
"""

from researchfleet_core.wire.evaluation import FeedbackMode
from researchfleet_core.wire.experiments import Feedback
from researchfleet_core.wire.findings import FindingType, ShareFinding, Vote

from researchfleet_agent.search.history import History, Tried
from researchfleet_agent.search.journal import Record
from researchfleet_agent.search.proposing import Move, Proposal
from researchfleet_agent.search.variation import fit_of, identity, title
from researchfleet_agent.student import Fit

_FITS = {Fit.HEAD: "a logistic head on frozen features", Fit.TOP: "the student's top layers fine-tuned"}
_WHY = {
    Move.OPEN: "It belongs to my direction and I have not tried it; its defaults are where to begin.",
    Move.TUNE: "It is {own} with more of the student trained, which should raise whatever accuracy its labels carry.",
    Move.MUTATE: "It is {own} with one or two hyperparameters moved; near what works something may work better.",
    Move.SAMPLE: "Its hyperparameters are drawn at random; what I know covers little of the space.",
    Move.COMBINE: "It adds a step of {other} to {own}; the two may mend different errors of the weak labels.",
    Move.VARY: "It is what {other} tells of, with one or two hyperparameters moved.",
    Move.REPEAT: "It is what {other} tells of, unchanged; if the claim holds, I should see it too.",
}
_ERROR_SHOWN = 1500
# Accuracy. Below it a difference of two experiments of three seeds is noise.
_VISIBLE = 0.01
# PGR. Spread over three seeds is about .1 on the bundled testbeds; a claim that is missed by thrice that is contradicted.
_AGREES = 0.1
_FALLS_SHORT = 0.3


def hypothesis(proposal: Proposal) -> str:
    """Why this pipeline is tried."""
    what = f"I try {title(proposal.pipeline)} with {_FITS[fit_of(proposal.pipeline)]}."
    sources = " ".join(f"{step.method.name}: {step.method.source}." for step in proposal.pipeline.steps)
    return f"{what} {_why(proposal)} {sources}"[:4000]


def _why(proposal: Proposal) -> str:
    own = f"my experiment {proposal.parent.record.number}" if proposal.parent else ""
    other = f"finding {proposal.peer.finding}" if proposal.peer else ""
    return _WHY[proposal.move].format(own=own, other=other)


def begins(direction: str, methods: tuple[str, ...]) -> ShareFinding:
    """The first finding: where the researcher starts from."""
    start = f'I start from the direction "{direction[:2000]}"' if direction else "I start without a direction"
    content = f"{start} and open {', '.join(methods)}. I am a program that searches; I understand no text."
    return ShareFinding(type=FindingType.HYPOTHESIS, title="Where I start", content=content)


def finished(record: Record) -> ShareFinding:
    """A result if the evaluator said that it beat my best, else an observation."""
    feedback = record.feedback or Feedback(mode=FeedbackMode.NONE)
    improved = feedback.improved is True
    told = _told(feedback)
    content = f"{record.hypothesis}\n\n{told} Seeds delivered: {len(record.submitted)}."
    claims = {"feedback": feedback.mode, "improved": feedback.improved, "accuracy": feedback.accuracy, "pgr": feedback.pgr}
    return ShareFinding(
        type=FindingType.RESULT if improved else FindingType.OBSERVATION,
        title=record.title,
        content=content[:5000],
        family=record.made.family,
        snapshot=record.digest,
        experiment=record.registered.experiment if record.registered else None,
        claims={name: value for name, value in claims.items() if value is not None},
    )


def _told(feedback: Feedback) -> str:
    if feedback.improved is None or feedback.accuracy is None or feedback.pgr is None:
        return "This fleet gives no feedback: I cannot tell whether it helped, and go on exploring."
    shown = f"accuracy {feedback.accuracy:.3f}, PGR {feedback.pgr:.2f}"
    if feedback.mode == FeedbackMode.EXACT:
        return f"The evaluator says: {shown}{', my best so far' if feedback.improved else ', below my best'}."
    if feedback.improved:
        return f"The evaluator says that it beats my best by more than a step; my best is now {shown}."
    return f"The evaluator shows no improvement by more than a step; my best stays {shown}."


def failed(record: Record) -> ShareFinding:
    """An error finding: what was tried and what came of it."""
    content = f"{record.hypothesis}\n\nIt failed: {(record.error or '')[-_ERROR_SHOWN:]}"
    return ShareFinding(
        type=FindingType.ERROR,
        title=f"Failed: {record.title}"[:200],
        content=content[:5000],
        family=record.made.family,
        snapshot=record.digest,
    )


def insight(history: History, number: int) -> ShareFinding | None:
    """Which hyperparameter helped or harmed, if an experiment differs from its parent in a single one and feedback tells."""
    by_number = {one.record.number: one for one in history.tried}
    child = by_number[number]
    parent = by_number.get(child.record.parent) if child.record.parent is not None else None
    if parent is None or child.record.move != Move.MUTATE:
        return None
    moved = _moved(parent, child)
    effect = _effect(parent, child)
    if len(moved) != 1 or effect is None:
        return None
    method, name, before, after = moved[0]
    verdict, evidence = effect
    content = (
        f"In {child.record.title} moving {name} of {method} from {before} to {after}, everything else as it was, "
        f"{evidence}. This is one comparison over {len(child.record.submitted)} seeds."
    )
    return ShareFinding(
        type=FindingType.INSIGHT,
        title=f"{method}: {name} from {before} to {after} {verdict}"[:200],
        content=content[:5000],
        family=child.pipeline.family,
        snapshot=child.record.digest,
        experiment=child.record.registered.experiment if child.record.registered else None,
    )


def _moved(parent: Tried, child: Tried) -> list[tuple[str, str, object, object]]:
    if len(parent.pipeline.steps) != len(child.pipeline.steps) or identity(parent.pipeline) == identity(child.pipeline):
        return []
    return [
        (new.method.name, name, old.parameters[name], value)
        for old, new in zip(parent.pipeline.steps, child.pipeline.steps, strict=True)
        for name, value in new.parameters.items()
        if value != old.parameters[name]
    ]


def _effect(parent: Tried, child: Tried) -> tuple[str, str] | None:
    """Verdict and evidence; None where the feedback does not tell the two apart: a ladder that stays may hide a gain."""
    feedback = child.record.feedback
    if feedback is None or feedback.mode == FeedbackMode.NONE:
        return None
    if feedback.mode == FeedbackMode.LADDER:
        return ("helped", "took my best up by more than a step") if child.improved else None
    difference = child.accuracy - parent.accuracy
    if abs(difference) < _VISIBLE:
        return None
    return "helped" if difference > 0 else "harmed", f"changed dev accuracy by {difference:+.3f}"


def vote(record: Record) -> Vote | None:
    """A vote on the finding that an experiment built on; None where it neither confirms nor contradicts it.

    What is better than my best confirms. A repetition that falls far short of the claim contradicts; a variation that
    fails says nothing about the original.
    """
    feedback, claimed = record.feedback, record.claimed
    if feedback is None or feedback.pgr is None or claimed is None:
        return None
    if feedback.improved:
        return Vote(vote="up")
    if record.move == Move.REPEAT:
        if feedback.mode == FeedbackMode.EXACT and abs(feedback.pgr - claimed) < _AGREES:
            return Vote(vote="up")
        if feedback.pgr < claimed - _FALLS_SHORT:
            return Vote(vote="down")
    return None
