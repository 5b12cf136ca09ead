"""A task folder (docs/testbeds.md) as a run sees it: rows without labels, and one weak teacher's opinion of the pool."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from researchfleet_core.testbed import FloatArray, Row, TaskFile


class TaskError(ValueError):
    """A task folder or a file of weak labels is not as documented: the place, the value, what is allowed."""


@dataclass(frozen=True)
class Task:
    """What is to be learnt. balanced: as many rows of label 1 as of label 0 in every part; grouped: rows carry a group."""

    name: str
    version: str
    question: str
    balanced: bool
    grouped: bool
    pool: tuple[Row, ...]
    test: tuple[Row, ...]


def load_task(folder: Path) -> Task:
    """Read `task.json`, `pool.jsonl` and `test.jsonl`. Raises TaskError naming the file and the line."""
    told = _about(folder)
    return Task(
        told.name,
        told.version,
        told.question,
        told.balanced,
        told.grouped,
        pool=_load_rows(folder / "pool.jsonl", told.rows.pool),
        test=_load_rows(folder / "test.jsonl", told.rows.test),
    )


def load_weak_labels(file: Path, rows: int) -> FloatArray:
    """A weak teacher's P(label = 1) on the pool, float32 [rows]. Raises TaskError naming shape or value."""
    try:
        weak = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise TaskError(f"{file}: not a plain .npy array ({error})") from None
    if weak.shape != (rows,) or weak.dtype.kind != "f":
        raise TaskError(f"{file}: {weak.dtype} {list(weak.shape)} is not allowed (float32 [{rows}])")
    wrong = ~((weak >= 0) & (weak <= 1))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise TaskError(f"{file}[{at}]: {weak[at]} is not allowed (0 to 1)")
    return np.asarray(weak, np.float32)


def test_rows(folder: Path) -> int:
    """How many rows a run has to predict, by task.json alone. Raises TaskError naming the file."""
    return _about(folder).rows.test


def _about(folder: Path) -> TaskFile:
    place = folder / "task.json"
    try:
        return TaskFile.model_validate_json(place.read_bytes())
    except (OSError, ValueError) as error:
        raise TaskError(f"{place}: not a task file, docs/testbeds.md says what it holds: {error}") from None


def _load_rows(file: Path, told: int) -> tuple[Row, ...]:
    try:
        # Not splitlines(): JSON leaves U+2028 and its like unescaped inside a text.
        lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except OSError as error:
        raise TaskError(f"{file}: {error.strerror}") from None
    try:
        # All lines at once: every run reads some thousands of them, and a call each takes longer than a fit.
        rows = tuple(Row(**fields) for fields in json.loads(f"[{','.join(lines)}]"))
    except (ValueError, TypeError):
        rows = tuple(_row(line, f"{file}:{number}") for number, line in enumerate(lines, start=1))
    if len(rows) != told:
        raise TaskError(f"{file}: {len(rows)} rows are not allowed (task.json says {told})")
    return rows


def _row(line: str, place: str) -> Row:
    try:
        return Row(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise TaskError(f"{place}: not a row ({error})") from None
