"""A tiny testbed in the documented format: the tests know its labels, so they know every score."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from researchfleet_core.testbed import MANIFEST, SUMS, Row, as_weak, dump_array, pack_rows, row_id, sums

TEACHERS = 5
POOL_ROWS = 24
SLICE_ROWS = 100
SEALED_ROWS = 120
WEAK, CEILING = 0.6, 0.8

Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Truth:
    """The labels of a synthetic testbed. slices: 0 dev, 1 rank."""

    name: str
    test: Labels
    slices: Labels
    sealed: Labels

    def predictions(self, dev: float, rank: float) -> list[float]:
        """Predictions with these accuracies on the two slices (the first rows of each are right)."""
        said = 1 - self.test.astype(float)
        for number, accuracy in enumerate((dev, rank)):
            rows = np.flatnonzero(self.slices == number)
            right = rows[: round(accuracy * len(rows))]
            said[right] = self.test[right]
        return [float(value) for value in said]

    def sealed_predictions(self, accuracy: float, offset: int = 0) -> list[float]:
        """Predictions with this accuracy on the sealed rows; offset: where the right ones begin."""
        said = 1 - self.sealed.astype(float)
        right = (np.arange(round(accuracy * len(said))) + offset) % len(said)
        said[right] = self.sealed[right]
        return [float(value) for value in said]


def write_testbed(
    folder: Path,
    name: str,
    students: list[str],
    *,
    transfer: bool = False,
    ceiling: float = CEILING,
    slice_rows: int = SLICE_ROWS,
) -> Truth:
    """Write testbeds/<name> below `folder` and say its labels. slice_rows: of dev and of rank."""
    draw = np.random.default_rng(sum(name.encode()))
    test, slices = _visible(slice_rows, draw)
    sealed, pool, sealed_pool = _balanced(SEALED_ROWS, draw), _balanced(POOL_ROWS, draw), _balanced(POOL_ROWS, draw)
    files = {
        MANIFEST: yaml.safe_dump(_manifest(name, students, transfer=transfer, ceiling=ceiling), sort_keys=False).encode(),
        "LICENSE": b"MIT\n",
        "sealed/inputs/pool.jsonl.xz": _rows(f"{name} sealed pool", POOL_ROWS),
        "sealed/inputs/test.jsonl.xz": _rows(f"{name} sealed test", SEALED_ROWS),
        "sealed/inputs/weak.npy": dump_array(as_weak(draw.random((TEACHERS, POOL_ROWS)))),
        "sealed/labels/pool.npy": dump_array(sealed_pool),
        "sealed/labels/test.npy": dump_array(sealed),
    }
    if not transfer:
        files |= {
            "agent/pool.jsonl.xz": _rows(f"{name} pool", POOL_ROWS),
            "agent/test.jsonl.xz": _rows(f"{name} test", len(test)),
            "agent/weak.npy": dump_array(as_weak(draw.random((TEACHERS, POOL_ROWS)))),
            "labels/pool.npy": dump_array(pool),
            "labels/test.npy": dump_array(test),
            "labels/slice.npy": dump_array(slices),
        }
    files[SUMS] = sums(files)
    for path, content in files.items():
        (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / name / path).write_bytes(content)
    return Truth(name, test, slices, sealed)


def _visible(rows: int, draw: np.random.Generator) -> tuple[Labels, Labels]:
    """Labels and slices, each slice balanced, both in random order."""
    labels = np.concatenate([_balanced(rows, draw), _balanced(rows, draw)])
    slices = np.repeat(np.array([0, 1], dtype=np.uint8), [rows, rows])
    order = draw.permutation(len(labels))
    return labels[order], slices[order]


def _balanced(rows: int, draw: np.random.Generator) -> Labels:
    return draw.permutation(np.arange(rows) % 2).astype(np.uint8)


def _rows(kind: str, count: int) -> bytes:
    texts = [f"{kind} {number}" for number in range(count)]
    return pack_rows(sorted((Row(row_id(text), text) for text in texts), key=lambda row: row.id))


def _manifest(name: str, students: list[str], *, transfer: bool, ceiling: float) -> dict[str, object]:
    def interval(mean: float) -> dict[str, float]:
        return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}

    slices = ["sealed"] if transfer else ["dev", "rank", "sealed"]
    return {
        "format": "researchfleet.dev/testbed/v1",
        "name": name,
        "use": "transfer" if transfer else "research",
        "task": {"kind": "binary", "question": "Is it one?", "balanced": True, "grouped": False},
        "source": dict.fromkeys(("title", "package", "provenance", "citation", "licence"), "made up"),
        "teachers": {"model": "made up", "labels": 10, "agent": 0 if transfer else TEACHERS, "sealed": TEACHERS, "seed": 1},
        "students": students,
        "recipe": {"fit": "made up", "parameters": {}},
        "baselines": [
            {
                "student": student,
                "slice": slice_,
                "weak": {**interval(WEAK), "values": [WEAK] * TEACHERS},
                "ceiling": {**interval(ceiling), "values": [ceiling] * 3, "seeds": [0, 1, 2]},
                "gap": interval(ceiling - WEAK),
            }
            for student in students
            for slice_ in slices
        ],
    }
