"""The project's shape: small modules, imports one way, dependencies declared, nothing of one machine or registry."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MEMBERS = ["core", "evaluator_image", "hub_image", "agent_image", "cli"]

# Registries, paths of one machine, lock files with addresses. The brackets keep this file from finding itself.
FOREIGN = [
    r"^(registry|source) = .*http",
    r"\"resolved\": *\"http",
    r"^--(extra-)?index-url",
    r"GOPROXY=[h]ttp",
    r"(pypi|pythonhosted)[.]org|npmjs[.](org|com)|proxy[.]golang[.]org",
    r"[\"'= (]/(work|farm|root|home)/",
]


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()


def modules(*folders: str) -> list[Path]:
    """Python files of the checkout, also such as are not yet added."""
    names = git("ls-files", "--cached", "--others", "--exclude-standard", "--", *(f"{folder}/*.py" for folder in folders))
    return [ROOT / name for name in sorted(set(names)) if (ROOT / name).is_file()]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_module_is_longer_than_400_lines():
    assert [f"{path}: {lines(path)}" for path in modules(*MEMBERS, "scripts", "tests") if lines(path) > 400] == []


@pytest.mark.parametrize("member", [*MEMBERS, "tests"])
def test_modules_are_150_lines_on_average_at_most(member):
    sizes = [lines(path) for path in modules(member)]
    assert sum(sizes) / len(sizes) <= 150


def test_imports_go_one_way():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_belongs_to_one_machine_or_registry():
    patterns = [part for pattern in FOREIGN for part in ("-e", pattern)]
    assert git("grep", "--untracked", "-nIE", *patterns, "--", ".") == []


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it, without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def declared(member: str) -> set[str]:
    """Distributions that a member asks for, by itself and by its extras."""
    project = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
    extras = [one for extra in project.get("optional-dependencies", {}).values() for one in extra]
    return {normal(one) for one in [*project["dependencies"], *extras]}


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports from elsewhere."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_declares_what_it_imports(member):
    own = {path.name for path in (ROOT / member / "src").iterdir()}
    asked = declared(member)
    known = packages_distributions()
    undeclared = {
        f"{path.relative_to(ROOT)}: {package}"
        for path in modules(f"{member}/src")
        for package in imported(path) - own
        if not {normal(one) for one in known.get(package, [package])} & asked
    }
    assert undeclared == set()
