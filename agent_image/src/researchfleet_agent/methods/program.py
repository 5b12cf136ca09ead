"""The command line of docs/snapshots.md around a pipeline: what a snapshot's run.py calls."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from researchfleet_agent.features import FEATURES, open_backbone
from researchfleet_agent.methods.pipeline import Pipeline
from researchfleet_agent.methods.study import Study
from researchfleet_agent.task import load_task, load_weak_labels


def main(pipeline: Mapping[str, Any], arguments: Sequence[str] | None = None) -> None:
    """Run a pipeline on the inputs named on the command line and write its predictions."""
    parser = argparse.ArgumentParser(description=Pipeline.from_json(pipeline).name)
    for name in ("task", "weak-labels", "student", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args(arguments)
    task = load_task(given.task)
    weak = load_weak_labels(given.weak_labels, len(task.pool)).astype(np.float64)
    features = os.environ.get(FEATURES)
    backbone = open_backbone(given.student, task, Path(features) if features else None)
    predictions = Pipeline.from_json(pipeline).run(Study(task, weak, backbone, seed=given.seed))
    # Six digits: more are noise of the last bits, which would make a rerun on another machine look like another run.
    given.out.write_text(json.dumps(np.round(predictions, 6).tolist()), encoding="utf-8")
