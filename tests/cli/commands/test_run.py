"""`researchfleet run`: what it refuses, what it shows, what it leaves, and with which status it ends."""

import json
import re
from pathlib import Path

import pytest
from researchfleet.local import CannotRunError, Outcome
from researchfleet.summary import State, read_summary

EXAMPLE = Path(__file__).parents[3] / "examples" / "quickstart.yaml"


FLEET = """\
apiVersion: researchfleet.dev/v1alpha1
kind: ResearchFleet
metadata: {name: quickstart}
spec:
  problem:
    testbed: {bundled: movie}
    student: {bundled: minilm}
    transfer: [{bundled: amazon}, {bundled: nyt}]
  agents:
    replicas: 3
    researcher: search
"""


def changed(place, old: str, new: str) -> Path:
    """FLEET in a file, with one text replaced."""
    assert FLEET.count(old) == 1
    (place / "fleet.yaml").write_text(FLEET.replace(old, new))
    return Path("fleet.yaml")


def test_a_finished_run_ends_with_tables_and_the_paths_of_report_and_summary(call, runtime, place):
    result = call("run", EXAMPLE)
    assert result.exit_code == 0
    assert result.stdout.endswith("report   runs/quickstart/report.html\nsummary  runs/quickstart/summary.json\n")
    assert "0.54 [0.39, 0.69]" in result.stdout
    assert "Best reproduced PGR 0.54" in result.stdout
    summary = read_summary(place / "runs/quickstart/summary.json")
    assert (summary.outcome.state, summary.outcome.reason) == (State.FINISHED, "BudgetExhausted")
    assert [one.version.split("@")[0] for one in summary.problem.testbeds] == ["movie", "amazon", "nyt", "tweets"]
    assert "Best reproduced PGR 0.54" in (place / "runs/quickstart/report.html").read_text()
    assert (place / "runs/quickstart/fleet.yaml").read_text() == EXAMPLE.read_text()


def test_without_a_terminal_each_event_is_a_line(call, runtime):
    lines = call("run", EXAMPLE).stdout.splitlines()
    assert lines[0] == "          prepare 0/1 student models"
    assert lines[1] == "  4m 28s  fleet quickstart runs"
    assert any("budget.deadline is reached" in line for line in lines)
    assert any(line.strip().endswith("finished: a hard limit was reached") for line in lines)


def test_json_is_one_object_a_line_and_nothing_else(call, runtime):
    lines = [json.loads(line) for line in call("run", EXAMPLE, "--json").stdout.splitlines()]
    assert [line["event"] for line in lines[:2]] == ["prepare", "fleet-started"]
    last = lines[-1]
    assert (last["event"], last["outcome"], last["best_pgr"]) == ("ended", "finished", 0.54)
    assert (last["report"], last["summary"]) == ("runs/quickstart/report.html", "runs/quickstart/summary.json")


@pytest.mark.parametrize(("kind", "state"), [("drained", State.DRAINED), ("stopped", State.STOPPED)])
def test_a_run_that_was_stopped_says_how_to_go_on(call, runtime, place, kind, state):
    runtime.outcome = Outcome(kind, "somebody asked for it")
    result = call("run", EXAMPLE)
    assert result.exit_code == 130
    assert f"go on with it: researchfleet run {EXAMPLE} --resume" in result.stderr
    assert read_summary(place / "runs/quickstart/summary.json").outcome.state is state
    assert "--runs elsewhere --resume" in call("run", EXAMPLE, "--runs", "elsewhere").stderr


@pytest.mark.parametrize("reason", ["AgentsFailed", "FailedByPolicy"])
def test_a_run_whose_agents_failed_ends_with_status_1(call, runtime, reason):
    runtime.reason = reason
    assert call("run", EXAMPLE).exit_code == 1


def test_a_machine_without_sandboxes_ends_with_status_3_and_its_reason(call, runtime):
    runtime.error = CannotRunError("no sandbox can be had here: user namespaces are off\nsysctl ...")
    result = call("run", EXAMPLE)
    assert result.exit_code == 3
    assert result.stderr == "no sandbox can be had here: user namespaces are off\nsysctl ...\n"


def test_running_without_a_sandbox_is_warned_of(call, runtime):
    result = call("run", EXAMPLE, "--sandbox", "none")
    assert "no score of this run is evidence" in result.stderr
    assert runtime.asked["sandbox"] == "none"
    assert "warning" not in call("run", EXAMPLE, "--fresh").stderr


@pytest.mark.parametrize(("finished", "moved_aside"), [(True, 1), (False, 0)])
def test_again_resumes_what_is_unfinished_and_moves_aside_what_is_finished(
    call, runtime, run, folder, finished, moved_aside
):
    (folder / "runtime.db").touch()
    status = run.status()
    status.model_copy(update={"finished": status.updated if finished else None}).write(folder / "status.json")
    assert call("run", EXAMPLE, "--again").exit_code == 0
    assert len(list(folder.parent.glob("quickstart.2*"))) == moved_aside


def test_again_starts_what_never_ran(call, runtime):
    assert call("run", EXAMPLE, "--again").exit_code == 0


def test_a_hub_that_is_gone_at_the_end_leaves_no_summary_and_says_so(call, runtime, hub, place):
    hub.gone = True
    result = call("run", EXAMPLE)
    assert "no summary could be written: it has stopped" in result.stdout
    assert "report.html" not in result.stdout
    assert not (place / "runs/quickstart/summary.json").exists()


def test_a_bad_file_is_refused_with_every_error_and_nothing_starts(call, runtime, place):
    result = call("run", changed(place, "replicas: 3", "replicas: -3"))
    assert result.exit_code == 2
    assert result.stderr == "fleet.yaml:10:15: spec.agents.replicas: -3 is not allowed (0 to 10000)\n"
    assert runtime.asked == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "testbed: {bundled: movie}",
            "testbed: {bundled: moovie}",
            "fleet.yaml:6:24: spec.problem.testbed.bundled: moovie is not allowed (movie)",
        ),
        (
            "testbed: {bundled: movie}",
            "testbed: {bundled: amazon}",
            "fleet.yaml:6:24: spec.problem.testbed.bundled: amazon is not allowed (movie)",
        ),
        (
            "{bundled: nyt}",
            "{bundled: nyc}",
            "fleet.yaml:8:45: spec.problem.transfer[1].bundled: nyc is not allowed (amazon, movie, nyt, tweets)",
        ),
        (
            "student: {bundled: minilm}",
            "student: {bundled: gpt}",
            "fleet.yaml:7:24: spec.problem.student.bundled: gpt is not allowed with testbed movie (minilm, minilm-cut3)\n"
            "fleet.yaml:7:24: spec.problem.student.bundled: gpt is not allowed with testbed amazon",
        ),
        (
            "testbed: {bundled: movie}",
            'testbed: {s3: {url: "s3://beds/movie"}}',
            "fleet.yaml:6:15: spec.problem.testbed.s3: a mapping of 1 field is not allowed on one machine",
        ),
        (
            "researcher: search",
            "researcher: claude\n    model: m",
            "fleet.yaml:11:17: spec.agents.researcher: claude is not allowed on one machine; it needs a cluster",
        ),
        (
            "testbed: {bundled: movie}",
            f"testbed: {{bundled: movie, digest: sha256:{'0' * 64}}}",
            f"fleet.yaml:6:39: spec.problem.testbed.digest: sha256:{'0' * 53}... is not the version that is here (sha256:",
        ),
    ],
)
def test_what_this_machine_cannot_give_is_refused_at_its_place(call, runtime, place, old, new, said):
    result = call("run", changed(place, old, new))
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert runtime.asked == {}


def test_a_run_of_the_same_name_is_neither_overwritten_nor_resumed_by_accident(call, runtime, place):
    (place / "runs/quickstart").mkdir(parents=True)
    (place / "runs/quickstart/runtime.db").touch()
    result = call("run", EXAMPLE)
    assert result.exit_code == 2
    assert "--resume" in result.stderr
    assert "--fresh" in result.stderr
    assert call("run", EXAMPLE, "--resume").exit_code == 0


def test_resume_and_fresh_exclude_each_other(call, runtime):
    result = call("run", EXAMPLE, "--resume", "--fresh")
    assert (result.exit_code, result.stderr) == (2, "--resume, --fresh, --again: only one of them is allowed\n")


def test_ctrl_c_while_things_are_built_ends_at_once(call, runtime):
    runtime.interrupted = True
    assert call("run", EXAMPLE).exit_code == 130
    assert call("prepare", EXAMPLE).exit_code == 130


def test_prepare_builds_and_runs_nothing(call, runtime):
    result = call("prepare", EXAMPLE)
    assert result.exit_code == 0
    assert re.fullmatch(r"prepare 0/1 student models\nprepared .*quickstart\.yaml in \d+\.\d s\n", result.stdout)
    assert runtime.asked == {}


def test_prepare_refuses_what_run_refuses(call, runtime, place):
    result = call("prepare", changed(place, "replicas: 3", "replicas: -3"))
    assert result.exit_code == 2
    assert "-3 is not allowed (0 to 10000)" in result.stderr
