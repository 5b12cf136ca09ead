"""Commands that read a run: from its hub while it runs, else from the files it left."""

import json
import os
import re
import sys
from types import SimpleNamespace

import pytest
from researchfleet.commands import findings as findings_command
from researchfleet.local import Status
from researchfleet_core.wire.evaluation import FleetScores


def test_the_version_is_printed(call):
    assert re.fullmatch(r"researchfleet \d+\.\d+\.\d+\n", call("--version").stdout)


def test_help_names_every_command(call):
    text = call("--help").stdout
    for name in ("run", "validate", "prepare", "status", "leaderboard", "findings", "report", "testbed"):
        assert re.search(rf"│ {name} +[A-Z]", text), name


@pytest.mark.parametrize("name", ["run", "validate", "prepare", "status", "leaderboard", "findings", "report"])
def test_every_command_has_help(call, name):
    result = call(name, "--help")
    assert result.exit_code == 0
    assert "Usage: researchfleet" in result.stdout


def test_testbed_hands_everything_on_to_its_own_commands(call, monkeypatch):
    handed = []
    testbeds = SimpleNamespace(app=lambda args, prog_name: handed.append((args, prog_name)))
    monkeypatch.setitem(sys.modules, "researchfleet.testbed.commands", testbeds)
    assert call("testbed", "check", "--help", "testbeds/movie").exit_code == 0
    assert handed == [(["check", "--help", "testbeds/movie"], "researchfleet testbed")]


def test_validate_says_what_the_fleet_is(call, place):
    (place / "a.yaml").write_text(
        "apiVersion: researchfleet.dev/v1alpha1\nkind: ResearchFleet\nmetadata: {name: a}\n"
        "spec: {agents: {researcher: search}, problem: {testbed: {bundled: movie}, student: {bundled: minilm}}}\n"
    )
    result = call("validate", "a.yaml")
    assert (result.exit_code, result.stdout) == (
        0,
        "a.yaml: ok, fleet a: 1 agent of search, undirected, on movie; no limit of money or time\n",
    )


def test_validate_names_the_errors_of_every_file(call, place):
    (place / "a.yaml").write_text("")
    (place / "b.yaml").write_text("kind: Pod\n")
    result = call("validate", "a.yaml", "b.yaml")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "a.yaml: is empty; a ResearchFleet is needed (see examples/)",
        "b.yaml:1:1: apiVersion: is missing (researchfleet.dev/v1alpha1)",
        "b.yaml:1:7: kind: Pod is not allowed (ResearchFleet)",
    ]


def test_status_shows_a_run_that_is_over_as_it_ended(call, folder):
    text = call("status").stdout
    assert "finished, 4m 28s" in text
    assert "0.54 reproduced" in text
    assert re.search(r"over, last changed .* ago: .*runs/quickstart/status.json", text.replace("\n", ""))


def test_status_of_a_run_under_way_says_how_old_it_is(call, folder, run):
    run.status().model_copy(update={"pid": os.getpid()}).write(folder / "status.json")
    (folder / "connection.json").write_text("{}")
    assert "\nseen " in call("status").stdout


def test_status_as_json_is_the_status_itself(call, folder, run):
    assert Status.model_validate_json(call("status", "--json").stdout) == run.status()


def test_leaderboard_and_findings_come_from_what_the_run_left(call, folder, run):
    (folder / "connection.json").unlink(missing_ok=True)
    text = call("leaderboard").stdout
    assert "15 more: --all" in text
    assert call("leaderboard", "--all").stdout.count("quickstart-") == 30 + 2
    scores = FleetScores.model_validate_json(call("leaderboard", "--json").stdout)
    assert len(scores.experiments) == 30
    assert scores.reproductions == run.reproductions
    assert f"#{len(run.findings)} quickstart-1 observation: It holds here too" in call("findings").stdout


def test_leaderboard_and_findings_come_from_the_hub_while_it_answers(call, folder, hub, run):
    (folder / "summary.json").unlink()
    run.add_finding("quickstart-0", "Only the hub knows", "yet")
    assert "Only the hub knows" in call("findings").stdout
    assert call("leaderboard").exit_code == 0
    hub.gone = True
    result = call("leaderboard")
    assert result.exit_code == 2
    assert "has no summary.json yet; a run writes it at its end" in result.stderr


def test_findings_follow_a_run_to_its_end_and_say_nothing_twice(call, folder, hub, run, monkeypatch):
    first = len(run.findings)

    async def a_moment_later(_: float) -> None:
        if len(run.findings) == first:
            run.add_finding("quickstart-0", "Came later", "text")
        else:
            hub.gone = True

    monkeypatch.setattr(findings_command.asyncio, "sleep", a_moment_later)
    lines = [json.loads(line) for line in call("findings", "--follow", "--json").stdout.splitlines()]
    assert [line["id"] for line in lines] == list(range(1, first + 2))
    assert lines[-1]["title"] == "Came later"


def test_what_agents_wrote_cannot_move_the_terminal(call, folder, hub, run):
    run.add_finding("quickstart-0", "[b]x\x1b[2J", "a\u202eb [link=file:///x]y[/link]")
    text = call("findings").stdout
    assert "[b]x\\u001b[2J" in text
    assert "a\\u202eb [link=file:///x]y[/link]" in text
    assert "\x1b" not in text


def test_report_is_written_anew_from_the_summary(call, folder, place):
    assert call("report").stdout == "runs/quickstart/report.html\n"
    assert "Best reproduced PGR 0.54" in (folder / "report.html").read_text()
    assert json.loads(call("report", "--out", "x.html", "--json").stdout) == {"report": "x.html"}
    assert (place / "x.html").exists()


def test_the_newest_run_is_meant_when_none_is_named(call, folder, run):
    other = folder.parent / "undirected"
    other.mkdir()
    run.status().model_copy(update={"fleet": "undirected"}).write(other / "status.json")
    os.utime(folder / "status.json", (1, 1))
    assert "undirected/status.json" in call("status").stdout.replace("\n", "")
    assert "quickstart/status.json" in call("status", "quickstart").stdout.replace("\n", "")


@pytest.mark.parametrize("command", ["status", "leaderboard", "findings", "report"])
def test_a_folder_without_runs_is_told_in_a_sentence(call, place, command):
    result = call(command)
    assert result.exit_code == 2
    assert result.stderr == "runs: there is no run here; start one: researchfleet run examples/quickstart.yaml\n"


@pytest.mark.parametrize("command", ["status", "leaderboard", "findings", "report"])
def test_a_run_that_is_not_there_is_told_with_those_that_are(call, folder, command):
    result = call(command, "nowhere")
    assert (result.exit_code, result.stderr) == (2, "runs/nowhere: there is no such run (quickstart)\n")


def test_a_status_of_another_version_is_refused_in_a_sentence(call, folder):
    (folder / "status.json").write_text("{}")
    result = call("status")
    assert result.exit_code == 2
    assert "is not a status of this version of ResearchFleet" in result.stderr
