"""Students that are nothing but precomputed features, so that no model and no torch is needed."""

import json
import lzma
from pathlib import Path

import numpy as np
from researchfleet_agent.student import FeatureStore

LAYERS, WIDTH = 3, 8


def write_toy_students(names: list[str], testbed: Path, students: Path, features: Path) -> None:
    """A model folder each below `students`, and random features of every part of a testbed below `features`."""
    draw = np.random.default_rng(0)
    for name in names:
        folder = students / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"num_hidden_layers": LAYERS, "hidden_size": WIDTH}))
        (folder / "student.json").write_text(json.dumps({"digest": f"sha256:{name}"}))
        store = FeatureStore(features, f"sha256:{name}")
        for rows in testbed.glob("**/*.jsonl.xz"):
            texts = [json.loads(line)["text"] for line in lzma.decompress(rows.read_bytes()).decode().splitlines()]
            store.put_pooled(texts, draw.normal(size=(LAYERS + 1, len(texts), WIDTH)).astype(np.float32))
