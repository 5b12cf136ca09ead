"""A pipeline as a snapshot: two short text files that anybody can read, change and run."""

import json
from pprint import pformat

from researchfleet_core.wire.snapshots import MANIFEST, Manifest

from researchfleet_agent.methods.pipeline import Pipeline

ENTRY = "run.py"

_PROGRAM = '''"""{title}

{about}
"""

from researchfleet_agent.methods.program import main

PIPELINE = {pipeline}

if __name__ == "__main__":
    main(PIPELINE)
'''


def snapshot_files(pipeline: Pipeline, title: str) -> dict[str, str]:
    """The files of a snapshot by name: `manifest.json` and `run.py`, with all hyperparameters spelt out in both."""
    content = pipeline.to_json()
    manifest = Manifest(title=title, family=pipeline.family, parameters=content, entry=ENTRY)
    about = "\n".join(f"{step.method.name}: {step.method.source}." for step in pipeline.steps)
    quoted = title.replace("\\", "\\\\").replace('"', "'")
    program = _PROGRAM.format(title=quoted, about=about, pipeline=pformat(content, sort_dicts=False, width=100))
    return {MANIFEST: json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n", ENTRY: program}
