"""`researchfleet prepare`: build what a fleet needs and what is not there yet."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.testbed import Role

from researchfleet.local.errors import CannotRunError
from researchfleet.local.home import Home
from researchfleet.local.preparing.built import Built, code_digest, named
from researchfleet.local.processes import Child, Launch
from researchfleet.local.sandbox.order import COMPUTING
from researchfleet.local.setup import bundled
from researchfleet.local.testbeds import bundled_testbeds
from researchfleet.testbed.folder import load

_LAST_LINES = 8


@dataclass(frozen=True)
class Progress:
    """done of total things are there; what: the one that was just begun, or finished."""

    done: int
    total: int
    what: str


@dataclass(frozen=True)
class Features:
    """What a student computes of one part of a testbed."""

    testbed: str
    role: Role
    student: str


def wanted(spec: FleetSpec) -> list[Features]:
    """What its agents and its reproductions will read: the same runs as the evaluator plans for a finalist."""
    testbed, student = bundled(spec.problem.testbed), bundled(spec.problem.student)
    sealed = [(testbed, student), (testbed, random_version(student))]
    sealed += [(testbed, bundled(other)) for other in spec.problem.other_students]
    sealed += [(bundled(target), student) for target in spec.problem.transfer]
    # Those of the agents first: with them a fleet can start.
    return [
        Features(testbed, Role.AGENT, student),
        *(Features(where, Role.REPRODUCTION, who) for where, who in dict.fromkeys(sealed)),
    ]


def random_version(student: str) -> str:
    """The same model with random weights, a reproduction's counterfactual."""
    return f"{student}-random"


async def prepare(spec: FleetSpec, home: Home, progress: Callable[[Progress], None]) -> None:
    """Build students and features that are missing, as many at once as there are cores; nothing of it is ever half there.

    Reads inputs of testbeds, sealed ones too, and no label. Raises CannotRunError when something cannot be built.
    """
    built = Built(home.features / "built")
    code = code_digest(home)
    everything = wanted(spec)
    await _students(home, built, code, {one.student for one in everything}, progress)
    testbeds = bundled_testbeds(home.testbeds)
    names = {one: named(code, testbeds[one.testbed].digest, one.role, _digest(home, one.student)) for one in everything}
    missing = [one for one in everything if not built.has(names[one], _out(home, one.role))]
    if not missing:
        return
    with TemporaryDirectory(prefix="tasks-", dir=home.features) as place:
        tasks = await asyncio.to_thread(_task_folders, home, missing, Path(place))
        await _build(home, missing, tasks, lambda one, files: built.note(names[one], files), progress)


async def _students(home: Home, built: Built, code: str, students: set[str], progress: Callable[[Progress], None]) -> None:
    name = named(code, "students")
    if not built.has(name, home.students):
        progress(Progress(0, 1, "student models"))
        await _run(home, "students", "build", "--out", str(home.students))
        built.note(name, [str(file.relative_to(home.students)) for file in home.students.glob("*/student.json")])
    there = {file.parent.name for file in home.students.glob("*/student.json")}
    if missing := students - there:
        raise CannotRunError(f"student {min(missing)} is needed and not known (known: {', '.join(sorted(there))})")


async def _build(
    home: Home,
    missing: list[Features],
    tasks: dict[tuple[str, Role], Path],
    note: Callable[[Features, list[str]], None],
    progress: Callable[[Progress], None],
) -> None:
    cores = asyncio.Semaphore(len(os.sched_getaffinity(0)))
    done = 0

    async def one(features: Features) -> None:
        nonlocal done
        async with cores:
            what = f"{features.student} on {features.testbed}, {'sealed' if features.role is Role.REPRODUCTION else 'agent'} part"
            progress(Progress(done, len(missing), what))
            out = _out(home, features.role)
            task = tasks[features.testbed, features.role]
            await _run(
                home,
                "features",
                "build",
                "--student",
                str(home.students / features.student),
                "--task",
                str(task),
                "--out",
                str(out),
            )
            note(features, [file.name for file in out.glob("*.npy")])
            done += 1
            progress(Progress(done, len(missing), what))

    async with asyncio.TaskGroup() as group:
        for features in missing:
            group.create_task(one(features))


def _task_folders(home: Home, missing: list[Features], place: Path) -> dict[tuple[str, Role], Path]:
    found = {}
    for name in sorted({one.testbed for one in missing}):
        testbed = load(home.testbeds / name)
        for role in sorted({one.role for one in missing if one.testbed == name}):
            folder = place / name / role
            for path, content in testbed.task_folder(role).items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            found[name, role] = folder
    return found


def _out(home: Home, role: Role) -> Path:
    return home.agent_features if role is Role.AGENT else home.sealed_features


def _digest(home: Home, student: str) -> str:
    return str(json.loads((home.students / student / "student.json").read_bytes())["digest"])


async def _run(home: Home, module: str, *arguments: str) -> None:
    """Run a module of the agents' code; it dies with us. Raises CannotRunError with its last words."""
    home.features.mkdir(parents=True, exist_ok=True)
    log = home.features / f"{module}.log"
    command = [str(home.python), "-m", f"researchfleet_agent.{module}", *arguments]
    environment = {**COMPUTING, "PATH": "/usr/bin:/bin"}
    child = Child(Launch(program=home.python, command=command, environment=environment, nice=1), log)
    try:
        status = await child.exit_status()
    finally:
        child.kill()
    if status:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise CannotRunError(f"{' '.join(command)} ended with status {status}:\n{said}\n(all of it: {log})")
