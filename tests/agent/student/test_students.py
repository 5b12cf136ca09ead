import json

import pytest
from researchfleet_agent.students import build, folder_digest, student_digest
from safetensors import safe_open

NAMES = ["minilm", "minilm-cut3", "minilm-random"]


def test_every_student_states_the_digest_of_its_files(built_students):
    for name in NAMES:
        folder = built_students / name
        assert student_digest(folder) == folder_digest(folder)
    assert len({student_digest(built_students / name) for name in NAMES}) == len(NAMES)


def test_nothing_in_a_student_folder_tells_which_one_it_is(built_students):
    for name in NAMES:
        about = json.loads((built_students / name / "student.json").read_text())
        assert list(about) == ["digest"]
        config = (built_students / name / "config.json").read_text()
        assert "_name_or_path" not in config
        assert "random" not in config


def test_the_random_student_differs_from_the_trained_one_in_its_weights_alone(built_students):
    trained, random = built_students / "minilm", built_students / "minilm-random"
    for file in ("config.json", "tokenizer.json", "vocab.txt"):
        assert (trained / file).read_bytes() == (random / file).read_bytes()
    with safe_open(trained / "model.safetensors", "np") as one, safe_open(random / "model.safetensors", "np") as other:
        assert sorted(one.keys()) == sorted(other.keys())
        assert all(one.get_slice(name).get_shape() == other.get_slice(name).get_shape() for name in set(one.keys()))
        key = "encoder.layer.0.output.dense.weight"
        assert not (one.get_tensor(key) == other.get_tensor(key)).any()


def test_the_cut_has_the_three_lowest_layers(built_students):
    with (
        safe_open(built_students / "minilm" / "model.safetensors", "np") as whole,
        safe_open(built_students / "minilm-cut3" / "model.safetensors", "np") as cut,
    ):
        layers = {name.split(".")[2] for name in list(cut.keys()) if name.startswith("encoder.layer.")}
        assert layers == {"0", "1", "2"}
        key = "encoder.layer.2.output.dense.weight"
        assert (whole.get_tensor(key) == cut.get_tensor(key)).all()


@pytest.mark.slow
def test_building_again_mends_what_is_broken_and_leaves_the_rest(built_students):
    kept = (built_students / "minilm-cut3" / "model.safetensors").stat().st_ino
    (built_students / "minilm" / "student.json").write_text('{"digest": "sha256:0"}')
    digests = build(built_students)
    assert student_digest(built_students / "minilm") == folder_digest(built_students / "minilm") == digests["minilm"]
    assert (built_students / "minilm-cut3" / "model.safetensors").stat().st_ino == kept
    assert sorted(path.name for path in built_students.iterdir()) == [".lock", *NAMES]
