"""Starting and refusing to start."""

from datetime import UTC, datetime

import pytest
from researchfleet.local import CannotRunError, Home, LocalRuntime, RunFolder, Sandbox
from researchfleet.local.sandbox import bubblewrap
from researchfleet.local.state import Book
from researchfleet_core.api import ResearchFleet

from tests.cli.local.run_double import fleet_spec
from tests.evaluator.synthetic import write_testbed

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, python):
    """A checkout with one testbed."""
    write_testbed(tmp_path / "testbeds", "made-up", ["minilm"])
    (tmp_path / "students").mkdir()
    return Home(tmp_path / "checkout", tmp_path / "testbeds", tmp_path / "students", tmp_path / "features", python)


def runtime(home, run, name="f", **parts):
    """Not yet run; it tells nobody."""
    problem = {"testbed": {"bundled": "made-up"}, "student": {"bundled": "minilm"}} | parts.pop("problem", {})
    fleet = ResearchFleet(metadata={"name": name}, spec=fleet_spec(problem=problem, **parts))
    return LocalRuntime(fleet, run, home, Sandbox.BWRAP, lambda _: None)


async def test_a_finished_run_is_not_resumed(home, tmp_path):
    (tmp_path / "run").mkdir()
    book = Book(tmp_path / "run" / "runtime.db")
    book.open_fleet("f", NOON)
    book.change_fleet(finished=NOON)
    book.close()
    with pytest.raises(CannotRunError, match=r"fleet f finished at 2026-11-21 12:00:00 UTC.*--fresh"):
        await runtime(home, tmp_path / "run").run()


async def test_another_fleet_s_folder_is_refused(home, tmp_path):
    (tmp_path / "run").mkdir()
    Book(tmp_path / "run" / "runtime.db").open_fleet("other", NOON)
    with pytest.raises(CannotRunError, match="a run of fleet other, not of f"):
        await runtime(home, tmp_path / "run").run()


async def test_what_needs_a_cluster_is_refused_before_anything_is_there(home, tmp_path):
    with pytest.raises(CannotRunError, match=r"spec.problem.student.s3: is not allowed on one machine"):
        await runtime(home, tmp_path / "run", problem={"student": {"s3": {"url": "s3://a/b"}}}).run()
    assert not (tmp_path / "run").exists()


async def test_where_sandboxes_cannot_be_had_it_says_why_and_how_to_mend_it(home, tmp_path, monkeypatch):
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "bwrap_path", lambda: refuses)
    with pytest.raises(CannotRunError) as refused:
        await runtime(home, tmp_path / "run").run()
    for words in ("No permissions to create new namespace", "sudo sysctl -w", "--security-opt", "--sandbox=none"):
        assert words in str(refused.value)
    assert not RunFolder(tmp_path / "run").book.exists()


async def test_an_environment_whose_agent_cannot_be_imported_is_named(home, tmp_path, environment):
    python = environment("agent_double.py")
    (next(python.parent.parent.glob("lib/*/site-packages/researchfleet_agent")) / "__init__.py").write_text("import nothing")
    broken = Home(home.checkout, home.testbeds, home.students, home.features, python)
    with pytest.raises(CannotRunError, match=r"(?s)No module named 'nothing'.*make install"):
        await runtime(broken, tmp_path / "run").run()


def test_home_is_found_from_inside_a_checkout_and_can_be_overridden(tmp_path):
    for folder in ("testbeds", "cli/src", ".venv-agent/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".venv-agent" / "bin" / "python").touch()
    found = Home.find(tmp_path / "cli" / "src", students=tmp_path / "elsewhere")
    assert (found.checkout, found.students) == (tmp_path, tmp_path / "elsewhere")
    assert found.python == tmp_path / ".venv-agent" / "bin" / "python"
    with pytest.raises(CannotRunError, match="make install"):
        Home.find(tmp_path, python=tmp_path / "none")
