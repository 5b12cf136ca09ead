"""One attempt of the researcher: put together, run, and end with a status."""

import logging
import os
import signal
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from researchfleet_core.testbed.archive import TaskFile

from researchfleet_agent.hub import Connection, Heartbeats, Hub, HubLostError, RefusedError
from researchfleet_agent.hub.unpacking import unpack
from researchfleet_agent.runner import Limits, Runner, RunnerError, Slots
from researchfleet_agent.search import telling
from researchfleet_agent.search.directions import fits_of, methods_of
from researchfleet_agent.search.experiment import Conductor
from researchfleet_agent.search.journal import Journal
from researchfleet_agent.search.peers import Forum
from researchfleet_agent.search.proposing import Allowed
from researchfleet_agent.search.recovery import recover
from researchfleet_agent.search.researcher import CannotWorkError, Researcher
from researchfleet_agent.search.training import Training
from researchfleet_agent.settings import Settings
from researchfleet_agent.student import Fit
from researchfleet_agent.task import test_rows

log = logging.getLogger(__name__)

MIB = 1024 * 1024
# Seconds that fine-tuning the top layer takes for each row of the pool and each epoch, on a core whose twin is busy too:
# two epochs of 2,000 sentences take 20 to 30 s alone and up to 75 s beside others.
TUNING_SECONDS = 0.01875


class StoppedError(BaseException):
    """SIGTERM, SIGINT, or the directive to stop. Not an Exception, so that nothing on the way takes it for a failure."""


def run(settings: Settings) -> int:
    """Exit status: 0 when wrapped up or nothing more is granted, 143 when stopped, 1 when it could not go on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    hub = Hub(Connection(f"http://{settings.relay.host}:{settings.relay.port}"))
    try:
        with (
            Heartbeats(hub, on_stop=lambda: os.kill(os.getpid(), signal.SIGTERM)) as heartbeats,
            Runner([settings.students / settings.student], slots=Slots(settings.slots)) as runner,
        ):
            _research(settings, hub, heartbeats, runner)
    except StoppedError:
        log.info("stopped")
        return 128 + signal.SIGTERM
    except RefusedError as refused:
        log.info("the hub refuses (%s): %s", refused.reason, refused)
        return 0 if refused.complete else 1
    except (HubLostError, RunnerError, CannotWorkError) as error:
        log.critical("%s", error)
        return 1
    log.info("wrapped up")
    return 0


def _research(settings: Settings, hub: Hub, heartbeats: Heartbeats, runner: Runner) -> None:
    task = settings.workspace / "task"
    if not task.exists():
        unpack(hub.inputs(), task)
    rows = test_rows(task)
    journal = Journal(settings.workspace / "journal.jsonl")
    recover(hub, journal, rows)
    forum = Forum(hub, settings.agent)
    forum.sync()
    training = Training(
        runner=runner,
        task=task,
        student=settings.students / settings.student,
        limits=Limits(seconds=settings.run_seconds, memory=settings.run_memory_mib * MIB),
        rows=rows,
        at_once=settings.runs_at_once(),
    )

    scratch = Path(tempfile.mkdtemp(prefix="snapshots-"))

    def say(activity: str) -> None:
        heartbeats.activity = activity

    conductor = Conductor(hub, journal, training, settings.experiment_seeds, _predictions(settings), scratch, say)
    methods = methods_of(settings.direction)
    start = telling.begins(settings.direction, methods)
    hub.share(start, journal.key(-1, "begins", start))
    researcher = Researcher(conductor, forum, methods, settings.seed, _allowed(settings, task))
    researcher.work(lambda: heartbeats.wrapping_up)


def _allowed(settings: Settings, task: Path) -> Allowed:
    """The fits that the direction asks for; heads only where there is no time for anything else."""
    pool = TaskFile.model_validate_json((task / "task.json").read_bytes()).rows.pool
    epochs = settings.run_seconds / (TUNING_SECONDS * pool)
    return Allowed(fits_of(settings.direction) if epochs >= 1 else frozenset({Fit.HEAD}), epochs)


def _predictions(settings: Settings) -> Path:
    folder = settings.workspace / "predictions"
    folder.mkdir(exist_ok=True)
    return folder


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise StoppedError
