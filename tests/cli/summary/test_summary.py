"""What summary.json says, and that it comes back as it was written."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from researchfleet.summary import SummaryError, read_summary, write_summary
from researchfleet.summary.document import document
from researchfleet_core.families import Family, diversity

DOCS = Path(__file__).parents[3] / "docs" / "summary.md"


def test_the_documentation_is_not_stale():
    assert DOCS.read_text() == document(), "run: python -m researchfleet.summary.document docs/summary.md"


def test_a_summary_comes_back_from_disk_as_it_was(run, tmp_path):
    summary = run.summary()
    write_summary(summary, tmp_path / "summary.json")
    assert read_summary(tmp_path / "summary.json") == summary
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_a_summary_of_nothing_comes_back_too(empty_run, tmp_path):
    summary = empty_run().summary()
    write_summary(summary, tmp_path / "summary.json")
    assert read_summary(tmp_path / "summary.json") == summary
    assert (summary.best, summary.times.first_scored, summary.ledger.usd_per_agent_hour) == (None, None, None)


def test_an_agent_hour_is_priced_without_reproduction(run):
    run.amounts = run.amounts.model_copy(
        update={
            "usd_nano": {"tokens": 3_000_000_000, "compute": 500_000_000, "storage": 250_000_000, "reproduction": 10**12},
            "agent_hours": 2.5,
        }
    )
    assert run.summary().ledger.usd_per_agent_hour == pytest.approx(1.5)


def test_the_best_is_the_highest_that_is_ranked(run):
    lower = run.add_reproduction(run.experiments[3], 0.31)
    refused = run.add_reproduction(run.experiments[4], 0.93, survives=True)
    best = run.summary().best
    assert best is not None
    assert best.pgr.value == 0.54
    assert best.reproduction not in {lower.uid, refused.uid}


def test_nothing_is_best_when_no_finalist_is_ranked(run):
    run.reproductions = [one for one in run.reproductions if not one.ranked]
    assert run.summary().best is None


def test_experiments_stand_in_order_of_time_with_what_a_replay_needs(run):
    run.experiments.reverse()
    experiments = run.summary().experiments
    assert [one.registered for one in experiments] == sorted(one.registered for one in experiments)
    assert all(one.snapshot.startswith("sha256:") and len(one.seeds) == 3 for one in experiments)


def test_an_agents_bests_are_of_its_own_finished_experiments(run):
    name = run.agents[0].name
    open_one = run.experiments[0].model_copy(update={"experiment": "e-open", "finished": None, "dev": None, "rank": None})
    run.experiments.append(open_one)
    agent = run.summary().agents[0]
    own = [one for one in run.experiments if one.agent == name and one.finished]
    assert agent.experiments == len(own) == 10
    assert agent.best_rank == max((one.rank for one in own), key=lambda rank: rank.value)
    assert agent.best_dev == max((one.dev for one in own), key=lambda dev: dev.value)


def test_experiments_of_an_earlier_agent_of_the_same_name_are_not_the_agents(run):
    run.experiments = [one.model_copy(update={"agent_uid": "u-before"}) for one in run.experiments]
    agent = run.summary().agents[0]
    assert (agent.experiments, agent.best_rank) == (0, None)


def test_research_has_not_ended_while_an_attempt_runs(run):
    assert run.summary().times.research_ended == run.summary().times.started + timedelta(seconds=158)
    agent = run.agents[0]
    run.agents[0] = replace(agent, attempts=(replace(agent.attempts[0], ended=None),))
    assert run.summary().times.research_ended is None


def test_diversity_is_of_the_last_twenty_findings_with_a_family(empty_run):
    run = empty_run()
    name = run.add_agent("anything")
    families = [Family.ENSEMBLE] * 15 + [Family.CURRICULUM] * 10 + [Family.OTHER] * 10
    for family in families:
        run.add_finding(name, "a", "b", family=family)
    run.add_finding(name, "no family", "b")
    its = run.summary().diversity
    assert its.bits == pytest.approx(diversity(families).bits)
    assert len(its.over_time) == len(families)
    assert its.over_time[-1].bits == pytest.approx(its.bits)
    assert (its.over_time[0].bits, its.over_time[0].findings, its.over_time[-1].findings) == (0, 1, 20)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not JSON"),
        (b"[]", r"schema_version: None is not allowed \(researchfleet.dev/summary/v1\)"),
        (b'{"schema_version": "researchfleet.dev/summary/v9"}', "schema_version: 'researchfleet.dev/summary/v9' is not"),
        (b'{"schema_version": "researchfleet.dev/summary/v1"}', "fleet: Field required"),
    ],
)
def test_a_file_that_is_no_summary_is_named_with_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "summary.json"
    path.write_bytes(content)
    with pytest.raises(SummaryError, match=f"^{path}: {said}"):
        read_summary(path)


def test_a_summary_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SummaryError, match=r"nowhere\.json: cannot be read: No such file"):
        read_summary(tmp_path / "nowhere.json")


def test_the_fleets_file_stands_in_the_summary_as_people_write_it(run, tmp_path):
    write_summary(run.summary(), tmp_path / "summary.json")
    spec = json.loads((tmp_path / "summary.json").read_text())["fleet"]["spec"]
    assert spec["evaluation"]["reproduction"]["runSeconds"] == 60
    assert spec["problem"]["otherStudents"][0]["bundled"] == "minilm-cut3"
