"""PGR over time: the whole fleet in one drawing, and one drawing an agent."""

from datetime import datetime

from markupsafe import Markup
from researchfleet_core.wire.evaluation import ExperimentScore

from researchfleet.report import svg
from researchfleet.report.frame import Frame, axes, frame, references
from researchfleet.report.marks import Look, look, mark
from researchfleet.report.scale import spread
from researchfleet.summary import Summary, words
from researchfleet.summary.model import AgentPart

# More than these cannot be told apart; the best are drawn, all are in the tables.
MOST_AGENTS = 12

RANK = Look("circle", "c1")
DEV = Look("diamond", "c5")


def shown_agents(summary: Summary) -> list[AgentPart]:
    """Whom the drawings show: the best by rank PGR, in the order of their names."""
    best = sorted(summary.agents, key=lambda one: one.best_rank.value if one.best_rank else float("-inf"), reverse=True)
    chosen = {one.uid for one in best[:MOST_AGENTS]}
    return [one for one in summary.agents if one.uid in chosen]


def fleet(summary: Summary) -> Markup:
    """Every experiment's rank PGR, and each agent's best so far."""
    agents = shown_agents(summary)
    finished = _finished(summary)
    of = frame(760, 340, _span(summary), [one.rank.value for one in finished if one.rank], right=120)
    parts = [axes(of), references(of, summary.study.human_pgr, named=True)]
    ends: list[tuple[float, str, Look]] = []
    for number, agent in enumerate(agents):
        its = look(number)
        own = [one for one in finished if one.agent_uid == agent.uid]
        points = [(_at(summary, one), one.rank.value) for one in own if one.rank and one.finished]
        parts.append(_steps(of, _best_so_far(points), f"line {its.colour}"))
        parts += [_mark(of, summary, one, its) for one in own]
        if points:
            ends.append((of.up(max(value for _, value in points)), agent.name, its))
    places = spread([y for y, _, _ in ends], 15, of.up.end, of.up.start)
    for (_, name, its), y in zip(ends, places, strict=True):
        x = of.across.end + 12
        parts += [mark(x, y, its), svg.text(x + 9, y + 4, words.line(name, 16), "name")]
    best = max((agent.best_rank.value for agent in agents if agent.best_rank), default=None)
    who = words.count(len(agents), "agent")
    said = f"{words.count(len(finished), 'experiment')} of {who}; best rank PGR {words.number(best)}."
    return svg.drawing(of.width, of.height, "PGR of all experiments over time", said, *parts, class_="wide")


def agent(summary: Summary, one: AgentPart) -> Markup:
    """One agent: what it was told of its dev score, dev and rank PGR of each experiment with the rank's interval."""
    own = [score for score in _finished(summary) if score.agent_uid == one.uid]
    everyone = [value for each in _finished(summary) if each.rank for value in (each.rank.low, each.rank.high)]
    everyone += [each.dev.value for each in _finished(summary) if each.dev]
    of = frame(290, 200, _span(summary), everyone, right=8)
    parts = [axes(of, ticks=5), references(of, summary.study.human_pgr, named=False)]
    told = [(_at(summary, each), each.feedback.pgr) for each in own if each.feedback and each.feedback.pgr is not None]
    parts.append(_steps(of, told, "line told"))
    for each in own:
        x = of.across(_at(summary, each))
        if each.rank:
            parts.append(svg.line(x, of.up(each.rank.low), x, of.up(each.rank.high), "whisker"))
    for each in own:
        if each.dev:
            parts.append(
                mark(of.across(_at(summary, each)), of.up(each.dev.value), DEV, 3.4, hollow=True, words=_words(each))
            )
        parts.append(_mark(of, summary, each, RANK))
    said = (
        f"{words.count(len(own), 'experiment')}; best dev PGR {words.interval(one.best_dev)}, "
        f"best rank PGR {words.interval(one.best_rank)}."
    )
    return svg.drawing(of.width, of.height, f"PGR over time of {one.name}", said, *parts)


def _finished(summary: Summary) -> list[ExperimentScore]:
    return sorted((one for one in summary.experiments if one.finished), key=lambda one: one.finished or datetime.min)


def _span(summary: Summary) -> float:
    end = summary.times.research_ended or summary.times.written
    return (end - summary.times.started).total_seconds()


def _at(summary: Summary, one: ExperimentScore) -> float:
    return ((one.finished or one.registered) - summary.times.started).total_seconds()


def _mark(of: Frame, summary: Summary, one: ExperimentScore, its: Look) -> Markup:
    if not one.rank:
        return Markup("")
    return mark(of.across(_at(summary, one)), of.up(one.rank.value), its, 3.6, words=_words(one))


def _words(one: ExperimentScore) -> str:
    return f"{words.line(one.title, 80)}: rank {words.interval(one.rank)}, dev {words.interval(one.dev)} ({one.agent})"


def _best_so_far(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    best: list[tuple[float, float]] = []
    for moment, value in points:
        if not best or value > best[-1][1]:
            best.append((moment, value))
    return best


def _steps(of: Frame, points: list[tuple[float, float]], class_: str) -> Markup:
    """A line that holds each value until the next, and the last to the end."""
    if not points:
        return Markup("")
    path = f"M{of.across(points[0][0]):.1f} {of.up(points[0][1]):.1f}"
    for moment, value in points[1:]:
        path += f"H{of.across(moment):.1f}V{of.up(value):.1f}"
    return svg.el("path", d=f"{path}H{of.across.end:.1f}", class_=class_)
