"""Generated rows: word problems, each with several proposed answers; label: is the proposed answer right?

Rows of one question share a group. Proposers that are right agree, those that are wrong mostly do not, so that the answer
given most often in a group is usually right: the study's first hack works here, and a reader of answers needs no
weak supervision (tests/testbeds measures it). A student that reads can do without counting: the operation should fit
the question, and proposers who are wrong sound unsure more often.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from researchfleet.testbed.labelled import Labelled

PROPOSALS = 6
# Right proposals in a group: symmetric about the half, so that rows are balanced.
RIGHT = (2, 3, 4)
# How often the wrong proposals of a group agree with each other, which is when the most common answer can be wrong.
SHARED_MISTAKE = 0.3
# Of wrong proposals, how many use a wrong operation; the others slip in reckoning, which no reader sees.
WRONG_OPERATION = 0.8
# How often a proposer sounds unsure when wrong, and when right.
UNSURE_WRONG, UNSURE_RIGHT = 0.85, 0.15

PEOPLE = (
    "A baker",
    "A teacher",
    "The farmer",
    "A girl",
    "The driver",
    "A boy",
    "My aunt",
    "The cook",
    "A nurse",
    "The clerk",
)
THINGS = ("plums", "books", "coins", "stamps", "eggs", "pens", "cards", "shells", "cups", "tickets", "apples", "stones")

# Many words of either kind: a teacher with few labels meets each about once, a pre-trained student knows their kin.
SURE = """
certain confident sure positive convinced assured calm proud glad happy relaxed pleased satisfied decided determined
precise careful exact accurate thorough awake alert focused attentive rested clever bright skilled trained practised
expert competent able brilliant wise sharp smart keen ready prepared steady firm strong solid secure safe comfortable
cheerful delighted content hopeful optimistic excellent great wonderful fine good superb
"""
UNSURE = """
doubtful unsure uncertain nervous shaky lost puzzled anxious hesitant confused worried afraid scared sceptical
suspicious embarrassed ashamed sorry guilty tired sleepy bored distracted careless sloppy hasty rushed clumsy dizzy
drunk stupid foolish silly ignorant clueless helpless weak feeble insecure unprepared rusty overwhelmed stressed
frustrated annoyed sad gloomy desperate hopeless pessimistic terrible awful bad miserable sick poor wrong torn
"""


@dataclass(frozen=True)
class Operation:
    """One of the four, the questions that ask for it and the words that do it."""

    reckon: Callable[[int, int], int]
    sign: str
    questions: tuple[str, ...]
    steps: tuple[str, ...]


OPERATIONS = (
    Operation(
        lambda a, b: a + b,
        "+",
        (
            "{who} has {a} {what} and finds {b} more. How many {what} altogether?",
            "{who} gets {b} {what} on top of {a}. How many now?",
            "{who} joins {a} {what} and {b} {what}. What is the total?",
        ),
        ("add", "put them together", "count both"),
    ),
    Operation(
        lambda a, b: a - b,
        "-",
        (
            "{who} has {a} {what} and loses {b}. How many {what} are left?",
            "{who} gives away {b} of {a} {what}. How many remain?",
            "{who} eats {b} of {a} {what}. How many stay?",
        ),
        ("subtract", "take away", "remove those"),
    ),
    Operation(
        lambda a, b: a * b,
        "*",
        (
            "{who} fills {b} bags with {a} {what} each. How many {what} in all?",
            "{who} buys {b} boxes of {a} {what}. How many {what} is that?",
            "{who} makes {a} {what} every day. How many in {b} days?",
        ),
        ("multiply", "repeat it", "take it so many times"),
    ),
    Operation(
        lambda a, b: a // b,
        "/",
        (
            "{who} shares {a} {what} among {b} friends. How many for each?",
            "{who} splits {a} {what} into {b} equal heaps. How many in one heap?",
            "{who} packs {a} {what} evenly into {b} bags. How many per bag?",
        ),
        ("divide", "split it", "share out"),
    ),
)


def sums(questions: int, seed: int) -> list[Labelled]:
    """Six rows a question, the same from the same seed; texts are unique."""
    rng = random.Random(seed)  # noqa: S311  (rows of a benchmark, no secret)
    asked: dict[str, list[Labelled]] = {}
    while len(asked) < questions:
        rows = list(_group(rng))
        if len({row.text for row in rows}) == PROPOSALS:
            asked.setdefault(rows[0].group or "", rows)
    return [row for rows in asked.values() for row in rows]


def _group(rng: random.Random) -> Iterator[Labelled]:
    operation = rng.choice(OPERATIONS)
    b = rng.randint(2, 9)
    a = b * rng.randint(2, 12)
    question = rng.choice(operation.questions).format(who=rng.choice(PEOPLE), what=rng.choice(THINGS), a=a, b=b)
    answer = operation.reckon(a, b)
    right = rng.choice(RIGHT)
    labels = [1] * right + [0] * (PROPOSALS - right)
    shared = _mistake(rng, operation, a, b) if rng.random() < SHARED_MISTAKE else None
    for label in labels:
        used, given = (operation, answer) if label else shared or _mistake(rng, operation, a, b)
        unsure = rng.random() < (UNSURE_RIGHT if label else UNSURE_WRONG)
        mood, step = rng.choice((UNSURE if unsure else SURE).split()), rng.choice(used.steps)
        yield Labelled(f"{question}\nI feel {mood}. I {step}: {a} {used.sign} {b} = {given}", label, question)


def _mistake(rng: random.Random, operation: Operation, a: int, b: int) -> tuple[Operation, int]:
    """A wrong operation reckoned rightly, or the right one reckoned wrongly; never the right answer."""
    answer = operation.reckon(a, b)
    while True:
        if rng.random() < WRONG_OPERATION:
            used = rng.choice(OPERATIONS)
            given = used.reckon(a, b)
        else:
            used, given = operation, answer + rng.choice((-10, -2, -1, 1, 2, 10))
        if given != answer and given >= 0:
            return used, given
