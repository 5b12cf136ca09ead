"""Generated rows: a small Python program with its description and its tests; label: does it pass them?

Whoever runs the text knows the label, without any weak supervision: the study's third hack works here, and always
(tests/testbeds measures it). A student that reads can do something too: a body should fit its description, and slips
have a look of their own.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from researchfleet.testbed.labelled import Labelled

# Of wrong programs, how many do the opposite of their description; the others do the right thing with a slip.
OPPOSITE = 0.35

WORDS = (
    "otter", "plum", "kettle", "sun", "river", "moss", "cabin", "ink", "violin", "tea", "harbour", "fig", "lantern", "oak",
    "pebble", "comet", "ladder", "mint", "saddle", "tide",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One thing a program can do: how it is described and how it is written."""

    descriptions: tuple[str, ...]
    bodies: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Two opposite things over the same inputs.

    slips: a piece of a body ("" for its end) and what a slip makes of it. tests: as many as a student's 64 tokens hold.
    """

    parameters: str
    sides: tuple[Side, Side]
    inputs: Callable[[random.Random], tuple[Any, ...]]
    slips: tuple[tuple[str, str], ...]
    tests: int


def _numbers(rng: random.Random) -> tuple[Any, ...]:
    return tuple(rng.sample(range(2, 40), 2))


def _list(rng: random.Random) -> tuple[Any, ...]:
    return (rng.sample(range(1, 30), 3),)


def _word(rng: random.Random) -> tuple[Any, ...]:
    return (rng.choice(WORDS).capitalize(),)


def _words(rng: random.Random) -> tuple[Any, ...]:
    return (rng.sample(WORDS, 2),)


_AFTER = (("", " + 1"), ("", " - 1"))
_CUT = (("", "[1:]"), ("", "[:-1]"))

FAMILIES = (
    Family(
        "a, b",
        (
            Side(
                ("Return the larger of two numbers.", "Give the maximum of both.", "Tell which number is greatest."),
                ("max(a, b)", "a if a > b else b", "sorted([a, b])[1]"),
            ),
            Side(
                ("Return the smaller of two numbers.", "Give the minimum of both.", "Tell which number is least."),
                ("min(a, b)", "a if a < b else b", "sorted([a, b])[0]"),
            ),
        ),
        _numbers,
        _AFTER,
        2,
    ),
    Family(
        "a, b",
        (
            Side(
                ("Add two numbers.", "Return the sum.", "Give the total of two amounts."), ("a + b", "sum([a, b])", "b + a")
            ),
            Side(("Subtract b from a.", "Return the difference.", "Take the second number away."), ("a - b", "-b + a")),
        ),
        _numbers,
        _AFTER,
        2,
    ),
    Family(
        "a, b",
        (
            Side(("Multiply two numbers.", "Return the product.", "Give a times b."), ("a * b", "b * a")),
            Side(
                ("Divide, rounded down.", "Return the quotient.", "Share a among b, whole parts."), ("a // b", "int(a / b)")
            ),
        ),
        _numbers,
        _AFTER,
        2,
    ),
    Family(
        "s",
        (
            Side(("Return the text in capitals.", "Make a word upper case.", "Shout the word."), ("s.upper()",)),
            Side(("Return the text in small letters.", "Make a word lower case.", "Whisper the word."), ("s.lower()",)),
        ),
        _word,
        _CUT,
        2,
    ),
    Family(
        "x",
        (
            Side(("Return the first item.", "Give the item at the start.", "Take the head."), ("x[0]", "x[:1][0]")),
            Side(("Return the last item.", "Give the item at the end.", "Take the tail item."), ("x[-1]", "x[-1:][0]")),
        ),
        _list,
        (("x[", "x[1:][:-1] or x["), *_AFTER),
        1,
    ),
    Family(
        "x",
        (
            Side(("Sort from small to large.", "Return ascending order.", "Put the smallest first."), ("sorted(x)",)),
            Side(("Sort from large to small.", "Return descending order.", "Put the largest first."), ("sorted(x)[::-1]",)),
        ),
        _list,
        (*_CUT, ("(x)", "(set(x[1:]))")),
        1,
    ),
    Family(
        "x",
        (
            Side(
                ("Keep even numbers.", "Return items divisible by two.", "Drop odd numbers."),
                ("[i for i in x if i % 2 == 0]",),
            ),
            Side(
                ("Keep odd numbers.", "Return items not divisible by two.", "Drop even numbers."),
                ("[i for i in x if i % 2]",),
            ),
        ),
        _list,
        (*_CUT, ("% 2", "% 3")),
        1,
    ),
    Family(
        "x",
        (
            Side(("Return the longest word.", "Find the word with most letters."), ("max(x, key=len)",)),
            Side(("Return the shortest word.", "Find the word with fewest letters."), ("min(x, key=len)",)),
        ),
        _words,
        (("(x", "(x[1:]"), ("(x", "(x[:-1]"), *_CUT),
        1,
    ),
    Family(
        "x",
        (
            Side(("Return how many items there are.", "Count the items."), ("len(x)",)),
            Side(("Return the total of the items.", "Add up the items."), ("sum(x)",)),
        ),
        _list,
        (("(x", "(x[1:]"), ("(x", "(x[:-1]"), *_AFTER),
        1,
    ),
)


def programs(count: int, seed: int) -> list[Labelled]:
    """Half of them pass their tests; the same from the same seed; texts are unique."""
    rng = random.Random(seed)  # noqa: S311  (rows of a benchmark, no secret)
    rows: dict[str, Labelled] = {}
    for number in range(count):
        while (row := _program(rng, label=number % 2)).text in rows or passes(row.text) != row.label:
            pass  # a double, or a wrong program that its tests happen not to find
        rows[row.text] = row
    return list(rows.values())


def passes(text: str) -> bool:
    """Whether the program of a row passes its tests: it is run."""
    try:
        exec(text, {})  # noqa: S102  (our own rows)
    except Exception:  # whatever a wrong program raises
        return False
    return True


def _program(rng: random.Random, label: int) -> Labelled:
    family = rng.choice(FAMILIES)
    asked, opposite = rng.sample(family.sides, 2)
    body = right = rng.choice(asked.bodies)
    if not label:
        body = rng.choice(opposite.bodies) if rng.random() < OPPOSITE else _slipped(right, rng.choice(family.slips))
    f: Callable[..., object] = eval(f"lambda {family.parameters}: {right}")  # noqa: S307  (a literal of this file)
    tests = [(given := family.inputs(rng), f(*given)) for _ in range(family.tests)]
    lines = [f"def f({family.parameters}):", f'    """{rng.choice(asked.descriptions)}"""', f"    return {body}"]
    lines += [f"assert f({', '.join(map(repr, given))}) == {result!r}" for given, result in tests]
    return Labelled("\n".join(lines), label, None)


def _slipped(body: str, slip: tuple[str, str]) -> str:
    old, new = slip
    if not old:
        return f"({body}){new}" if " if " in body else body + new
    return body.replace(old, new, 1)
