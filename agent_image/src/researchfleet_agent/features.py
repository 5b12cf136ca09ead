"""Precompute what students need of a task.

`python -m researchfleet_agent.features build --student DIR --task DIR --out DIR`
"""

import argparse
import sys
import time
from pathlib import Path

from researchfleet_agent.student.backbone import Backbone
from researchfleet_agent.student.store import FeatureStore
from researchfleet_agent.students import student_digest
from researchfleet_agent.task import Task, load_task

# The folder of precomputed features, given to a run by its environment.
FEATURES = "RESEARCHFLEET_FEATURES"
# Fine-tuning needs the activations below the layers it tunes; more depths cost disk (50 MB a depth for 2,000 sentences).
TOP_LAYERS = (1,)


def build(student: Path, task: Task, out: Path) -> int:
    """Compute and keep pooled features of all layers and the activations fine-tuning starts from.

    Returns for how many rows; what is already there is not computed again. Needs torch unless all is there.
    """
    backbone = Backbone(student)
    store = FeatureStore(out, student_digest(student))
    depths = sorted({max(0, backbone.layers - layers) for layers in TOP_LAYERS})
    rows = 0
    for texts in corpora(task):
        if store.pooled(texts) is not None and all(store.activations(texts, depth) for depth in depths):
            continue
        pooled, activations = backbone.transformer.run(texts, depths)
        store.put_pooled(texts, pooled)
        for depth, ragged in activations.items():
            store.put_activations(texts, depth, ragged)
        rows += len(texts)
    return rows


def corpora(task: Task) -> tuple[list[str], list[str]]:
    """The lists of texts that features are kept by: the pool's and the test's."""
    return [row.text for row in task.pool], [row.text for row in task.test]


def open_backbone(student: Path, task: Task, features: Path | None) -> Backbone:
    """A backbone that finds the precomputed features of a task; features: the folder `build` wrote, if any."""
    backbone = Backbone(student, features)
    for texts in corpora(task):
        backbone.know(texts)
    return backbone


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m researchfleet_agent.features", description=__doc__)
    commands = parser.add_subparsers(required=True)
    building = commands.add_parser("build", help="compute what is not there yet")
    for name in ("student", "task", "out"):
        building.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args(arguments)
    task = load_task(given.task)
    started = time.monotonic()
    computed = build(given.student, task, given.out)
    there = len(task.pool) + len(task.test) - computed
    print(f"{given.out}\t{computed} rows computed, {there} were there, {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
