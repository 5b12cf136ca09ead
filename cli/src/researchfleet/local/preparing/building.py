"""Running the agents' own code to build things, outside of any sandbox: it reads inputs, and no label."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from researchfleet_core.testbed import Role

from researchfleet.local.errors import CannotRunError
from researchfleet.local.home import Home
from researchfleet.local.processes import Child, Launch
from researchfleet.local.sandbox.order import COMPUTING
from researchfleet.testbed.folder import load

_LAST_LINES = 8
# Behind whatever else this machine does.
_NICE = 1


@dataclass(frozen=True)
class Progress:
    """done of total things are there; what: the one that was just begun or finished."""

    done: int
    total: int
    what: str


@dataclass(frozen=True)
class Features:
    """What a student computes of one part of a testbed."""

    testbed: str
    role: Role
    student: str

    def __str__(self) -> str:
        return f"{self.student} on {self.testbed} ({self.role})"


def out(home: Home, role: Role) -> Path:
    """Where features of inputs of a role lie: an agent's sandbox never sees a reproduction's."""
    return home.agent_features if role is Role.AGENT else home.sealed_features


async def build_students(home: Home) -> None:
    """All of them. Raises CannotRunError with the builder's last words."""
    await _run(home, "students", "build", "--out", str(home.students))


async def build_features(
    home: Home,
    wanted: Sequence[Features],
    tasks: Path,
    there: Callable[[Features], None],
    progress: Callable[[Progress], None],
) -> None:
    """As many at once as there are cores; `there` is called for each that is complete.

    tasks: an empty folder for inputs meanwhile. Raises CannotRunError with the builder's last words.
    """
    await asyncio.to_thread(_unpack, home, wanted, tasks)
    cores = asyncio.Semaphore(len(os.sched_getaffinity(0)))
    done = 0

    async def build(one: Features) -> None:
        nonlocal done
        async with cores:
            progress(Progress(done, len(wanted), str(one)))
            places = {"student": home.students / one.student, "task": _task(tasks, one), "out": out(home, one.role)}
            options = [word for name, place in places.items() for word in (f"--{name}", str(place))]
            await _run(home, "features", "build", *options)
            there(one)
            done += 1
            progress(Progress(done, len(wanted), str(one)))

    building = [asyncio.create_task(build(one)) for one in wanted]
    try:
        await asyncio.gather(*building)
    finally:
        for task in building:
            task.cancel()
        await asyncio.gather(*building, return_exceptions=True)


def _task(tasks: Path, one: Features) -> Path:
    return tasks / one.testbed / one.role


def _unpack(home: Home, wanted: Sequence[Features], tasks: Path) -> None:
    for name in sorted({one.testbed for one in wanted}):
        testbed = load(home.testbeds / name)
        for one in wanted:
            folder = _task(tasks, one)
            if one.testbed != name or folder.exists():
                continue
            for path, content in testbed.task_folder(one.role).items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)


async def _run(home: Home, module: str, *arguments: str) -> None:
    log = home.features / f"{module}.log"
    command = [str(home.python), "-m", f"researchfleet_agent.{module}", *arguments]
    environment = {**COMPUTING, "PATH": "/usr/bin:/bin"}
    child = Child(Launch(program=home.python, command=command, environment=environment, nice=_NICE), log)
    try:
        status = await child.exit_status()
    finally:
        child.kill()
    if status:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise CannotRunError(f"{' '.join(command)} ended with status {status}:\n{said}\n(all of it: {log})")
