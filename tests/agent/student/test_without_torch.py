"""The agent's image has a variant without torch: heads on precomputed features have to work there."""

import subprocess
import sys
from pathlib import Path

from researchfleet_agent.student import Backbone, FeatureStore

PROGRAM = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from pathlib import Path
from researchfleet_core.testbed import Row
from researchfleet_agent.student import Backbone, Fit, Recipe, Student, StudentError
import researchfleet_agent.methods, researchfleet_agent.runner.server, researchfleet_agent.features
texts = ["w1 w2", "w3 w4", "w5 w6"]
rows = [Row(text, text) for text in texts]
backbone = Backbone(Path(sys.argv[1]), Path(sys.argv[2]))
backbone.know(texts)
student = Student(backbone).fit(rows, [0, 1, 1])
print(student.predict(rows).shape)
for attempt in (lambda: student.fit(rows, [0, 1, 1], recipe=Recipe(fit=Fit.TOP)), lambda: student.features([Row("x", "x")])):
    try:
        attempt()
    except StudentError as error:
        print(error)
"""


def test_heads_work_and_the_rest_says_what_is_missing(tiny_causal_folder: Path, tmp_path):
    texts = ["w1 w2", "w3 w4", "w5 w6"]
    backbone = Backbone(tiny_causal_folder, tmp_path)
    assert isinstance(backbone.store, FeatureStore)
    backbone.store.put_pooled(texts, backbone.transformer.run(texts)[0])
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, tiny_causal_folder, tmp_path], capture_output=True, text=True, check=False
    )
    lines = run.stdout.splitlines()
    assert lines[0] == "(3,)", run.stderr
    assert len(lines) == 3
    assert all("is not installed" in line and "researchfleet-agent[train]" in line for line in lines[1:])
