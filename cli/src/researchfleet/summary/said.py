"""What was found, in sentences that claim no more than the numbers do."""

from researchfleet_core.wire.evaluation import ConditionScore, Interval, Reproduction, Variation

from researchfleet.summary import words
from researchfleet.summary.finalist import testbed_name
from researchfleet.summary.model import Best, State, Summary, TestbedPart


def headline(summary: Summary) -> str:
    """One line for the top."""
    if summary.best:
        return f"Best reproduced PGR {words.number(summary.best.pgr.value)}"
    if any(one.state.over for one in summary.reproductions):
        return "No finalist counts"
    return "Nothing has been reproduced" + ("" if summary.outcome.state is State.FINISHED else " yet")


def findings(summary: Summary) -> list[str]:
    """The result, what it may be compared with, and what it does not show."""
    best = summary.best
    if not best:
        return [_why_nothing(summary)]
    one = next(each for each in summary.reproductions if each.uid == best.reproduction)
    return [_result(summary, best, one), _beside_people(summary, best.pgr), *_carried_over(summary, one)]


def context(summary: Summary) -> str:
    """Why the study's numbers are beside, not against, this run's."""
    its = researched(summary)
    here = f"rows that ask “{words.line(its.question)}”, weak teachers ({its.teachers})" if its else "another testbed"
    theirs = summary.study
    return (
        "The study worked on chat preference pairs with language models of 0.5 and 4 billion parameters, nine agents and "
        f"five days; its fleet reached {theirs.directed_pgr:g}, two people in seven days {theirs.human_pgr:g}. "
        f"This run had {here} and {words.line(summary.problem.student)} as the student. PGR puts both on a scale from weak "
        "teacher (0) to ceiling (1); it does not make them the same problem."
    )


def researched(summary: Summary) -> TestbedPart | None:
    """The testbed that agents worked on."""
    return next((one for one in summary.problem.testbeds if one.name == summary.problem.testbed), None)


def cost(summary: Summary) -> str:
    """What an agent-hour cost, beside the study's."""
    its = summary.ledger.usd_per_agent_hour
    if its is None:
        return "No agent-hour was booked, so there is no price of one."
    bought = "tokens, compute and storage" if summary.ledger.tokens else "compute and storage, no tokens"
    return (
        f"An agent-hour cost {words.dollars(its)} USD: {bought}, at the prices of the fleet's file. The study's cost about "
        f"{summary.study.usd_per_agent_hour:g} USD of tokens and training compute."
    )


def _why_nothing(summary: Summary) -> str:
    over = [one for one in summary.reproductions if one.state.over]
    if over:
        return (
            f"{words.count(len(over), 'finalist')} went to reproduction, and none counts; the reasons stand with each. "
            "Dev and rank numbers are no result by themselves."
        )
    if not summary.experiments:
        return "No experiment was registered."
    return (
        f"The run ended ({summary.outcome.state}: {words.line(summary.outcome.reason)}) before a finalist was reproduced. "
        "Dev and rank numbers below are no result: they were chosen for being high."
    )


def _result(summary: Summary, best: Best, one: Reproduction) -> str:
    runs = words.count(sum(score.runs for score in _real(one) if _at_home(summary, score)), "run")
    return (
        f"“{words.line(best.title)}” ({best.family}, found by {words.line(best.agent)}) recovered "
        f"{words.interval(best.pgr)} of the gap between weak teacher and ceiling on rows that no sandbox had seen, with "
        f"fresh weak teachers and seeds ({runs}). With weak labels shuffled, and with a random student, less than half "
        "of it was left: it did learn from the weak labels, by what the student knows."
    )


def _beside_people(summary: Summary, pgr: Interval) -> str:
    human = summary.study.human_pgr
    if pgr.low > human:
        return (
            f"The whole interval lies above {human:g}, what people reached in the study with the best of four known methods."
        )
    if pgr.high < human:
        return f"The whole interval lies below {human:g}, what people reached in the study."
    return f"The interval includes {human:g}, what people reached in the study: the two cannot be told apart."


def _carried_over(summary: Summary, one: Reproduction) -> list[str]:
    away = [score for score in _real(one) if score.pgr and not _at_home(summary, score)]
    above = [score for score in away if score.pgr and score.pgr.low > 0]
    if not away:
        return []
    return [
        f"On {len(above)} of {len(away)} other combinations of testbed and student its whole interval lies above the weak "
        "teacher; the transfer table has each."
    ]


def _real(one: Reproduction) -> list[ConditionScore]:
    return [score for score in one.conditions if score.variation is Variation.NONE]


def _at_home(summary: Summary, score: ConditionScore) -> bool:
    return (testbed_name(score.target), score.student) == (summary.problem.testbed, summary.problem.student)
