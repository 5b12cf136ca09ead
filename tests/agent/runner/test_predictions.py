import pytest
from researchfleet_agent.runner import PredictionsError, read_predictions


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "not JSON"),
        ("nonsense", "not JSON"),
        ("[0.1, 0.2", "not JSON"),
        ("\xff", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"0": 1}', r"dict is not allowed \(a list of 3 numbers\)"),
        ("[0, 1]", r"2 predictions are not allowed \(3, one for each test row\)"),
        ("[0, 1, 0, 1]", "4 predictions are not allowed"),
        ("[0, NaN, 1]", "NaN is not allowed"),
        ("[0, Infinity, 1]", "Infinity is not allowed"),
        ("[0, 1e999, 1]", r"\[1\]: inf is not allowed"),
        ("[0, 1, 1.01]", r"\[2\]: 1.01 is not allowed \(a number from 0 to 1\)"),
        ("[-1, 1, 1]", r"\[0\]: -1 is not allowed"),
        ("[true, 1, 1]", r"\[0\]: True is not allowed"),
        ('["0.5", 1, 1]', r"\[0\]: '0.5' is not allowed"),
        ("[null, 1, 1]", r"\[0\]: None is not allowed"),
        ("[[0.5], 1, 1]", r"\[0\]: \[0.5\] is not allowed"),
    ],
)
def test_what_is_no_list_of_probabilities_is_refused_with_the_place(tmp_path, content, problem):
    file = tmp_path / "predictions.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(PredictionsError, match=problem):
        read_predictions(file, 3)


def test_decisions_and_probabilities_are_both_read(tmp_path):
    (tmp_path / "p.json").write_text("[0, 1, 0.5]")
    assert read_predictions(tmp_path / "p.json", 3) == [0.0, 1.0, 0.5]


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "real.json").write_text("[0, 1, 0.5]")
    (tmp_path / "p.json").symlink_to(tmp_path / "real.json")
    with pytest.raises(PredictionsError, match="no such file"):
        read_predictions(tmp_path / "p.json", 3)


def test_a_file_of_absurd_size_is_not_opened(tmp_path):
    with (tmp_path / "p.json").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(PredictionsError, match="1073741824 bytes are not allowed"):
        read_predictions(tmp_path / "p.json", 3)
