"""Testbeds: the folder format of docs/testbeds.md, read and verified. No file is opened here: callers bring bytes."""

from researchfleet_core.testbed.archive import TaskFile, pack, task_folder
from researchfleet_core.testbed.arrays import FloatArray, LabelArray, as_weak, dump_array
from researchfleet_core.testbed.errors import TestbedError
from researchfleet_core.testbed.manifest import (
    FORMAT,
    MANIFEST,
    MIN_GAP,
    Baseline,
    Ceiling,
    Interval,
    Manifest,
    Recipe,
    Slice,
    Source,
    Task,
    Teachers,
    Use,
    Weak,
    describe,
)
from researchfleet_core.testbed.rows import Row, clean, group_id, normalised, pack_rows, row_id
from researchfleet_core.testbed.seal import SUMS, digest, sums
from researchfleet_core.testbed.testbed import LICENSE, Part, Role, Testbed

__all__ = [
    "FORMAT",
    "LICENSE",
    "MANIFEST",
    "MIN_GAP",
    "SUMS",
    "Baseline",
    "Ceiling",
    "FloatArray",
    "Interval",
    "LabelArray",
    "Manifest",
    "Part",
    "Recipe",
    "Role",
    "Row",
    "Slice",
    "Source",
    "Task",
    "TaskFile",
    "Teachers",
    "Testbed",
    "TestbedError",
    "Use",
    "Weak",
    "as_weak",
    "clean",
    "describe",
    "digest",
    "dump_array",
    "group_id",
    "normalised",
    "pack",
    "pack_rows",
    "row_id",
    "sums",
    "task_folder",
]
