"""crds/ and docs/reference/ are what the models say."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_generated_is_stale():
    command = [sys.executable, "scripts/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_missing_changed_or_left_over_is_stale(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    stale = import_module("generate").stale
    files = {Path("crds/a.yaml"): "a", Path("crds/b.yaml"): "b", Path("docs/reference/c.md"): "c"}
    for path, text in {"crds/a.yaml": "a", "crds/b.yaml": "old", "crds/left.yaml": "x"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert stale(tmp_path, files) == [Path("crds/b.yaml"), Path("crds/left.yaml"), Path("docs/reference/c.md")]
