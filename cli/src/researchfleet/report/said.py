"""What was found, in sentences that claim no more than the numbers do."""

from researchfleet_core.wire.evaluation import Variation

from researchfleet.summary import State, Summary, words
from researchfleet.summary.model import TestbedPart


def headline(summary: Summary) -> str:
    """One line for the top."""
    if summary.best:
        return f"Best reproduced PGR {words.number(summary.best.pgr.value)}"
    if any(one.state.over for one in summary.reproductions):
        return "Nothing that was reproduced counts"
    return "Nothing has been reproduced" + ("" if summary.outcome.state is State.FINISHED else " yet")


def findings(summary: Summary) -> list[str]:
    """The result, what it may be compared with, and what it does not show."""
    if not summary.best:
        return [_why_nothing(summary)]
    return [_result(summary), *_beside_people(summary), *_carried_over(summary)]


def context(summary: Summary) -> str:
    """Why the study's numbers are beside, not against, this run's."""
    its = researched(summary)
    here = f"rows that ask “{words.line(its.question)}”, {its.teachers} as weak teachers" if its else "another testbed"
    return (
        f"The study worked on chat preference pairs with language models of 0.5 and 4 billion parameters, nine agents and five "
        f"days; its fleet reached {summary.study.directed_pgr:g}, two people in seven days {summary.study.human_pgr:g}. This run "
        f"had {here} and {words.line(summary.problem.student)} as the student. PGR puts both on the scale from weak teacher (0) "
        "to ceiling (1); it does not make them the same problem."
    )


def researched(summary: Summary) -> TestbedPart | None:
    """The testbed that agents worked on."""
    return next((one for one in summary.problem.testbeds if one.name == summary.problem.testbed), None)


def cost(summary: Summary) -> str:
    """What an agent-hour cost, beside the study's."""
    its = summary.ledger.usd_per_agent_hour
    if its is None:
        return "No agent-hour was booked, so there is no price of one."
    bought = "tokens, compute and storage" if summary.ledger.tokens else "compute and storage; no language model was used, so no tokens"
    return (
        f"An agent-hour cost {words.dollars(its)} USD: {bought}, at the prices of the fleet's file. The study's cost about "
        f"{summary.study.usd_per_agent_hour:g} USD, most of it language-model tokens and GPUs."
    )


def _why_nothing(summary: Summary) -> str:
    over = [one for one in summary.reproductions if one.state.over]
    if over:
        return (
            f"{words.count(len(over), 'finalist')} ran again on sealed rows, and none counts; the reasons stand with each below. "
            "Dev and rank numbers are no result by themselves."
        )
    if not summary.experiments:
        return "No experiment was registered."
    return (
        f"The run ended ({summary.outcome.state}: {words.line(summary.outcome.reason)}) before a finalist was reproduced. "
        "Dev and rank numbers below are no result: they were chosen for being high."
    )


def _result(summary: Summary) -> str:
    best = summary.best
    if best is None:
        return ""
    one = next(each for each in summary.reproductions if each.uid == best.reproduction)
    real = [score for score in one.conditions if score.variation is Variation.NONE]
    runs = words.count(sum(score.runs for score in real if score.target == summary.problem.testbed), "run")
    return (
        f"“{words.line(best.title)}” ({best.family}, found by {words.line(best.agent)}) recovered {words.interval(best.pgr)} of the gap "
        f"between weak teacher and ceiling on rows that no sandbox had seen, with fresh weak teachers and seeds ({runs}). "
        "With shuffled weak labels and with a random student it fell, so the score came from weak-to-strong supervision."
    )


def _beside_people(summary: Summary) -> list[str]:
    human = summary.study.human_pgr
    pgr = summary.best.pgr if summary.best else None
    if pgr is None:
        return []
    if pgr.low > human:
        return [f"The whole interval lies above {human:g}, the best of four known methods that people tuned in the study."]
    if pgr.high < human:
        return [f"The whole interval lies below {human:g}, what people reached in the study."]
    return [f"The interval includes {human:g}, what people reached in the study: the two cannot be told apart."]


def _carried_over(summary: Summary) -> list[str]:
    best = summary.best
    one = next((each for each in summary.reproductions if best and each.uid == best.reproduction), None)
    scores = [score for score in one.conditions if score.variation is Variation.NONE and score.pgr] if one else []
    home = (summary.problem.testbed, summary.problem.student)
    away = [score for score in scores if (score.target, score.student) != home]
    if not away:
        return []
    above = [score for score in away if score.pgr and score.pgr.low > 0]
    return [
        f"Elsewhere (other testbeds or another student, {len(away)} in all) it beat the weak teacher beyond doubt "
        f"{words.count(len(above), 'time')}; the transfer table has each."
    ]
