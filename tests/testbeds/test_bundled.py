"""The testbeds that come with the project."""

import json
import lzma
from pathlib import Path

import pytest
from researchfleet.testbed.check import check
from researchfleet.testbed.folder import load, read_files
from researchfleet.testbed.labelled import read_labelled
from researchfleet.testbed.programs import programs
from researchfleet.testbed.spec import read_spec
from researchfleet.testbed.sums import sums
from researchfleet_core.testbed import Use

TESTBEDS = Path(__file__).parents[2] / "testbeds"
RESEARCH = ("movie", "programs", "sums")
TRANSFER = ("amazon", "nyt", "tweets")
SEED = 20261121


@pytest.mark.parametrize("name", [*RESEARCH, *TRANSFER])
def test_every_bundled_testbed_passes_check_and_is_as_its_spec_says(name):
    testbed = load(TESTBEDS / name)
    spec = read_spec(TESTBEDS / "sources" / f"{name}.yaml")

    check(testbed)

    assert testbed.manifest.name == name
    assert testbed.manifest.use is (Use.RESEARCH if name in RESEARCH else Use.TRANSFER)
    assert testbed.manifest.source == spec.source
    assert testbed.manifest.students == spec.students == ["minilm", "minilm-cut3"]
    assert testbed.manifest.teachers.labels == spec.teachers.labels
    for _, part in testbed.parts():
        assert len(part.weak) >= 5
    known = {row.text: row.label for row in read_labelled(spec.rows)}
    for _, part in testbed.parts():
        assert [known[row.text] for row in part.test] == part.test_labels.tolist()
        assert [known[row.text] for row in part.pool] == part.pool_labels.tolist()


def test_movie_has_the_rows_that_scores_need():
    movie = load(TESTBEDS / "movie")

    assert len(movie.agent.test) >= 2000
    assert len(movie.sealed.test) >= 2000
    assert len(movie.agent.pool) >= 2000
    assert len(movie.sealed.pool) >= 2000


def test_all_of_them_are_small_enough_to_be_vendored():
    assert sum(map(len, read_files(TESTBEDS).values())) < 6 << 20


@pytest.mark.parametrize(("name", "generate", "count"), [("sums", sums, 900), ("programs", programs, 5400)])
def test_the_generated_sources_are_what_their_generators_give(name, generate, count):
    content = lzma.decompress((TESTBEDS / "sources" / "generated" / f"{name}.jsonl.xz").read_bytes())

    vendored = [(row["text"], row["label"]) for row in map(json.loads, content.splitlines())]

    assert vendored == [(row.text, row.label) for row in generate(count, SEED)]
