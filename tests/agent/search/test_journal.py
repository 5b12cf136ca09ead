"""The journal survives what an attempt does not."""

import json

import pytest
from researchfleet_agent.search.journal import Journal
from researchfleet_agent.search.variation import opener
from researchfleet_core.wire.findings import Vote

from tests.agent.search.world import tried

RECORD = tried(opener("crossfit"), 0, over=False)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "journal.jsonl"


def test_the_last_state_of_each_record_is_found_again(file):
    journal = Journal(file)
    journal.put(RECORD)
    journal.put(tried(opener("evolution"), 1))
    journal.put(RECORD.now(over=True))
    again = Journal(file)
    assert [(one.number, one.over, one.made.name) for one in again.records] == [
        (0, True, "crossfit"),
        (1, True, "evolution"),
    ]
    assert again.next_number == 2


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_line_that_a_kill_cut_off_is_dropped_and_writing_goes_on(file, cut):
    journal = Journal(file)
    journal.put(RECORD)
    journal.put(RECORD.now(over=True))
    file.write_bytes(file.read_bytes()[:-cut])
    again = Journal(file)
    assert [one.over for one in again.records] == [False]
    again.put(RECORD.now(over=True))
    assert [one.over for one in Journal(file).records] == [True]


def test_keys_are_the_same_after_a_restart_and_differ_by_step_body_and_workspace(file, tmp_path):
    vote, other = Vote(vote="up"), Vote(vote="down")
    journal = Journal(file)
    key = journal.key(3, "vote", vote)
    assert Journal(file).key(3, "vote", vote) == key
    lost = Journal(tmp_path / "another.jsonl")
    others = {
        journal.key(4, "vote", vote),
        journal.key(3, "finding", vote),
        journal.key(3, "vote", other),
        lost.key(3, "vote", vote),
    }
    assert len(others | {key}) == 5


def test_restarts_do_not_let_the_file_grow(file):
    journal = Journal(file)
    for _ in range(50):
        journal.put(RECORD)
    Journal(file)
    lines = file.read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["number"] == 0
