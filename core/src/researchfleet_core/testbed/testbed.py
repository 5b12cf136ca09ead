"""A testbed in memory: everything needed to score one weak-to-strong problem, verified as it is read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from researchfleet_core.testbed.archive import Rows, TaskFile, pack, task_folder
from researchfleet_core.testbed.arrays import FloatArray, LabelArray, load_labels, load_weak
from researchfleet_core.testbed.errors import TestbedError
from researchfleet_core.testbed.manifest import MANIFEST, Manifest, Slice, Use, parse_manifest
from researchfleet_core.testbed.rows import Row, normalised, unpack_rows
from researchfleet_core.testbed.seal import SUMS, digest

LICENSE = "LICENSE"
ROWS_AND_WEAK = ("pool.jsonl.xz", "test.jsonl.xz", "weak.npy")
AGENT_FILES = frozenset(
    {*(f"agent/{name}" for name in ROWS_AND_WEAK), "labels/test.npy", "labels/pool.npy", "labels/slice.npy"}
)
SEALED_FILES = frozenset(
    {*(f"sealed/inputs/{name}" for name in ROWS_AND_WEAK), "sealed/labels/test.npy", "sealed/labels/pool.npy"}
)


class Role(StrEnum):
    """Whose sandbox inputs are for: an agent sees the visible part, a reproduction the sealed one."""

    AGENT = "agent"
    REPRODUCTION = "reproduction"


@dataclass(frozen=True)
class Part:
    """Rows and labels that are used together.

    weak: P(label = 1) on the pool, float32 [teachers, pool rows]. pool_labels are for ceilings, never for scoring.
    test_labels, slices: uint8 [test rows]; slices: 0 dev, 1 rank in the visible part, None in the sealed one.
    """

    pool: tuple[Row, ...]
    test: tuple[Row, ...]
    weak: FloatArray
    pool_labels: LabelArray
    test_labels: LabelArray
    slices: LabelArray | None

    def rows_of(self, part: Slice) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Positions of the test rows of a slice. Raises ValueError for one this part has not."""
        if (part == Slice.SEALED) != (self.slices is None):
            raise ValueError(f"slice {part} is not of this part ({'dev, rank' if self.slices is not None else 'sealed'})")
        if self.slices is None:
            return np.arange(len(self.test))
        return np.flatnonzero(self.slices == (part == Slice.RANK))


@dataclass(frozen=True)
class Testbed:
    """A verified testbed. agent is None where `use: transfer`; digest is `sha256:<hex>` of all files."""

    __test__ = False  # pytest collects names that start with Test

    digest: str
    manifest: Manifest
    agent: Part | None
    sealed: Part

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], read_yaml: Callable[[bytes], object]) -> Self:
        """Read a testbed from its files by path inside the folder; read_yaml: a safe YAML reader (core has none).

        Raises TestbedError for anything that is not as docs/testbeds.md says: files, fields, ids, shapes, balance,
        a text that stands twice. It does no statistics: `researchfleet testbed check` does.
        """
        version = digest(files)
        if MANIFEST not in files:
            raise TestbedError(MANIFEST, "is missing")
        manifest = parse_manifest(read_yaml(files[MANIFEST]))
        _check_names(files, manifest.use)
        agent = _agent_part(files, manifest) if manifest.use is Use.RESEARCH else None
        testbed = cls(version, manifest, agent, _sealed_part(files, manifest))
        _check_no_text_twice(testbed)
        return testbed

    @property
    def version(self) -> str:
        """`<name>@sha256:<hex>`: what fleets pin and receipts name."""
        return f"{self.manifest.name}@{self.digest}"

    def parts(self) -> Iterator[tuple[str, Part]]:
        """The parts it has, by the folder their inputs lie in."""
        if self.agent is not None:
            yield "agent", self.agent
        yield "sealed/inputs", self.sealed

    def part(self, role: Role) -> Part:
        """The part a role's sandbox sees. Raises TestbedError for an agent and a transfer testbed."""
        part = self.agent if role is Role.AGENT else self.sealed
        if part is None:
            raise TestbedError(f"testbed {self.version}", "is a transfer testbed; it has no part for agents")
        return part

    def task_folder(self, role: Role) -> dict[str, bytes]:
        """The files a role's sandbox sees. They hold no label, no slice and no baseline."""
        part = self.part(role)
        task = TaskFile(
            name=self.manifest.name,
            version=self.version,
            question=self.manifest.task.question,
            balanced=self.manifest.task.balanced,
            grouped=self.manifest.task.grouped,
            rows=Rows(pool=len(part.pool), test=len(part.test)),
            teachers=len(part.weak),
        )
        return task_folder(task, part.pool, part.test, part.weak)

    def archive(self, role: Role) -> bytes:
        """The task folder of a role as a tar; the same testbed gives the same bytes."""
        return pack(self.task_folder(role))


def _check_names(files: Mapping[str, bytes], use: Use) -> None:
    wanted = {MANIFEST, LICENSE, SUMS} | SEALED_FILES | (AGENT_FILES if use is Use.RESEARCH else frozenset())
    for name in sorted(wanted - files.keys()):
        raise TestbedError(name, f"is missing; a testbed of use: {use} needs it")
    for name in sorted(files.keys() - wanted):
        raise TestbedError(name, f"is not allowed in a testbed of use: {use} (only the files of docs/testbeds.md)")


def _agent_part(files: Mapping[str, bytes], manifest: Manifest) -> Part:
    part = _part(files, "agent", "labels", manifest.teachers.agent, manifest)
    slices = load_labels(files["labels/slice.npy"], "labels/slice.npy", len(part.test))
    part = Part(part.pool, part.test, part.weak, part.pool_labels, part.test_labels, slices)
    for name in (Slice.DEV, Slice.RANK):
        _check_balance(part.test_labels[part.rows_of(name)], f"labels/test.npy, slice {name}")
    if manifest.task.grouped:
        _check_groups_are_whole(part)
    return part


def _sealed_part(files: Mapping[str, bytes], manifest: Manifest) -> Part:
    return _part(files, "sealed/inputs", "sealed/labels", manifest.teachers.sealed, manifest)


def _part(files: Mapping[str, bytes], inputs: str, labels: str, teachers: int, manifest: Manifest) -> Part:
    pool, test = (
        unpack_rows(files[file], file, grouped=manifest.task.grouped)
        for file in (f"{inputs}/pool.jsonl.xz", f"{inputs}/test.jsonl.xz")
    )
    weak = load_weak(files[f"{inputs}/weak.npy"], f"{inputs}/weak.npy", teachers, len(pool))
    pool_labels = load_labels(files[f"{labels}/pool.npy"], f"{labels}/pool.npy", len(pool))
    test_labels = load_labels(files[f"{labels}/test.npy"], f"{labels}/test.npy", len(test))
    _check_balance(pool_labels, f"{labels}/pool.npy")
    _check_balance(test_labels, f"{labels}/test.npy")
    return Part(pool, test, weak, pool_labels, test_labels, None)


def _check_balance(labels: LabelArray, place: str) -> None:
    ones = int(labels.sum())
    zeros = len(labels) - ones
    if not len(labels) or abs(ones - zeros) > 1:
        raise TestbedError(
            place, f"{ones} rows of label 1 and {zeros} of label 0 are not allowed (as many of one as of the other)"
        )


def _check_groups_are_whole(part: Part) -> None:
    slices: dict[str | None, int] = {}
    for row, name in zip(part.test, part.slices if part.slices is not None else (), strict=True):
        if slices.setdefault(row.group, int(name)) != int(name):
            raise TestbedError("labels/slice.npy", f"group {row.group} is in dev and in rank; a group has to be whole")


def _check_no_text_twice(testbed: Testbed) -> None:
    seen: dict[str, str] = {}
    for folder, part in testbed.parts():
        for file, rows in (("pool", part.pool), ("test", part.test)):
            for number, row in enumerate(rows, start=1):
                place = f"{folder}/{file}.jsonl.xz:{number}"
                if (other := seen.setdefault(normalised(row.text), place)) != place:
                    raise TestbedError(
                        place, f"text: {row.text!r} stands at {other} too; a text may stand once in a testbed"
                    )
