"""`researchfleet prepare`: build what a fleet needs and what is not there yet."""

import asyncio
import fcntl
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.testbed import Role

from researchfleet.local.errors import CannotRunError
from researchfleet.local.home import Home
from researchfleet.local.preparing.building import Features, Progress, build_features, build_students, out
from researchfleet.local.preparing.built import Built, code_digest, named
from researchfleet.local.setup import bundled
from researchfleet.local.testbeds import bundled_testbeds
from researchfleet.local.unsupported import refuse_unsupported

_LOOK_AGAIN = 0.2
_TASKS = "tasks-"


async def prepare(spec: FleetSpec, home: Home, progress: Callable[[Progress], None]) -> None:
    """Student models and features that are missing; whatever is there is complete, so an interrupted one goes on.

    progress: called when something begins and ends, never when all is there. Raises CannotRunError when something cannot
    be built.
    """
    refuse_unsupported(spec, home)
    notes = Built(home.features / "built")
    code = code_digest(home)
    students = named(code, "students")
    if notes.has(students, home.students) and not _missing(spec, home, notes, code):
        return
    async with _alone(home.features):
        if not notes.has(students, home.students):
            progress(Progress(0, 1, "student models"))
            await build_students(home)
            notes.note(students, [f"{name}/student.json" for name in _known(home)])
        missing = _missing(spec, home, notes, code)
        with TemporaryDirectory(prefix=_TASKS, dir=home.features) as tasks:

            def there(one: Features) -> None:
                notes.note(missing[one], [file.name for file in out(home, one.role).glob("*.npy")])

            await build_features(home, list(missing), Path(tasks), there, progress)


def wanted(spec: FleetSpec) -> list[Features]:
    """What its agents and its reproductions will read: a finalist runs where the evaluator plans it (docs/scores.md)."""
    testbed, student = bundled(spec.problem.testbed), bundled(spec.problem.student)
    sealed = [(testbed, student), (testbed, f"{student}-random")]
    sealed += [(testbed, bundled(other)) for other in spec.problem.other_students]
    sealed += [(bundled(target), student) for target in spec.problem.transfer]
    # Those of the agents first: with them a fleet can start.
    return [
        Features(testbed, Role.AGENT, student),
        *(Features(where, Role.REPRODUCTION, who) for where, who in dict.fromkeys(sealed)),
    ]


def _missing(spec: FleetSpec, home: Home, notes: Built, code: str) -> dict[Features, str]:
    """What is not there, by the name of its note. Raises CannotRunError for a student that is not known."""
    testbeds = bundled_testbeds(home.testbeds)
    missing = {}
    for one in wanted(spec):
        name = named(code, testbeds[one.testbed].digest, one.role, _digest(home, one.student))
        if not notes.has(name, out(home, one.role)):
            missing[one] = name
    return missing


def _digest(home: Home, student: str) -> str:
    try:
        return str(json.loads((home.students / student / "student.json").read_bytes())["digest"])
    except FileNotFoundError:
        raise CannotRunError(f"student {student} is needed and not known ({', '.join(_known(home))})") from None


def _known(home: Home) -> list[str]:
    return sorted(file.parent.name for file in home.students.glob("*/student.json"))


@asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Wait while another one prepares."""
    lock = _open_lock(folder)
    try:
        while not _locked(lock):  # noqa: ASYNC110 - it is another process we wait for
            await asyncio.sleep(_LOOK_AGAIN)
        _sweep(folder)
        yield
    finally:
        os.close(lock)


def _open_lock(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "lock", os.O_RDWR | os.O_CREAT)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sweep(folder: Path) -> None:
    """Remove what one that was killed has left behind."""
    for left in folder.glob(f"{_TASKS}*"):
        shutil.rmtree(left)
