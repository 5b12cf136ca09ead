"""Inputs by role: what leaves the evaluator, as the tar of a task folder."""

import io
import json
import tarfile
from collections.abc import Mapping

from pydantic import Field

from researchfleet_core.testbed.arrays import FloatArray, dump_array
from researchfleet_core.testbed.manifest import Strict
from researchfleet_core.testbed.rows import Row, dump_rows


class Rows(Strict):
    """How many rows the student may train on (pool) and has to predict (test)."""

    pool: int = Field(ge=1)
    test: int = Field(ge=1)


class TaskFile(Strict):
    """task.json: all that a sandbox is told of a testbed. teachers: how many files `weak/` has."""

    name: str
    version: str
    question: str
    balanced: bool
    grouped: bool
    rows: Rows
    teachers: int


def task_folder(task: TaskFile, pool: tuple[Row, ...], test: tuple[Row, ...], weak: FloatArray) -> dict[str, bytes]:
    """The files of a task folder by path; weak: float32 [teachers, pool rows], one file a teacher."""
    return {
        "task.json": json.dumps(task.model_dump(), indent=2).encode() + b"\n",
        "pool.jsonl": dump_rows(pool),
        "test.jsonl": dump_rows(test),
        **{f"weak/{teacher}.npy": dump_array(row) for teacher, row in enumerate(weak)},
    }


def pack(files: Mapping[str, bytes]) -> bytes:
    """An uncompressed tar with sorted names and no owner or time, so that the same files give the same bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            tar.addfile(entry, io.BytesIO(files[name]))
    return out.getvalue()
