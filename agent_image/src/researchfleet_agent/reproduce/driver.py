"""The driver of a reproduction: fetch, make every run of the plan, deliver each result once."""

import logging
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import httpx
from researchfleet_core.wire.evaluation import ReproductionPredictions, ReproductionRun

from researchfleet_agent.hub import Connection, Hub, HubLostError, RefusedError
from researchfleet_agent.hub.unpacking import UnsafeArchiveError, plain_files
from researchfleet_agent.relay.privacy import make_private
from researchfleet_agent.relay.token import Token, token_of
from researchfleet_agent.reproduce import landlock
from researchfleet_agent.reproduce.inputs import Inputs, InputsError, Students
from researchfleet_agent.reproduce.trial import Trials
from researchfleet_agent.runner import Runner, Slots
from researchfleet_agent.settings import Settings

log = logging.getLogger(__name__)

CONFLICT = 409  # it has an answer of this run, or the reproduction was given up: in either case no more is wanted


def reproduce(settings: Settings) -> int:
    """Exit status: 0 when every run's result is delivered, 1 when that cannot be.

    Becomes private before it reads the token. Raises SettingsError for a token that cannot be read.
    """
    make_private()
    token = token_of(settings)
    # What the driver has not delivered is made again: there is nothing to tidy up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda stopped, _: os._exit(128 + stopped))
    hub = Hub(_connection(settings, token))
    try:
        inputs = Inputs.read(hub.reproduction_inputs())
        snapshot = plain_files(hub.reproduction_snapshot())
        _deliver_all(settings, hub, inputs, snapshot)
    except (RefusedError, HubLostError, InputsError, UnsafeArchiveError) as error:
        log.critical("%s", error)
        return 1
    log.info("all %d runs are delivered", len(inputs.plan.runs))
    return 0


def _connection(settings: Settings, token: Token) -> Connection:
    upstream = settings.upstream
    if isinstance(upstream, Path):
        transport = httpx.HTTPTransport(uds=str(upstream))
        return Connection("http://localhost", transport=transport, token=lambda: token.now().decode())
    return Connection(f"http://{upstream.host}:{upstream.port}", token=lambda: token.now().decode())


def _deliver_all(settings: Settings, hub: Hub, inputs: Inputs, snapshot: dict[str, bytes]) -> None:
    delivered = settings.workspace / "delivered"
    done = set(delivered.read_text(encoding="utf-8").split()) if delivered.exists() else set()
    owed = [run for run in inputs.plan.runs if run.run not in done]
    for result in _results(settings, inputs, snapshot, owed):
        _deliver(hub, inputs.plan.reproduction, result)
        with delivered.open("a", encoding="utf-8") as notes:
            notes.write(f"{result.run}\n")


def _results(
    settings: Settings, inputs: Inputs, snapshot: dict[str, bytes], owed: list[ReproductionRun]
) -> Iterator[ReproductionPredictions]:
    """As they come. Without Landlock, runs could look into each other's folders: then they are made one by one."""
    confined = landlock.version() > 0
    if not confined:
        log.warning("this kernel has no Landlock: runs are made one after the other")
    copies = settings.workspace / "students"
    shutil.rmtree(copies, ignore_errors=True)
    shared = Students(settings.students, copies) if confined else None
    models = sorted({settings.students / run.student for run in inputs.plan.runs})
    at_once = settings.runs_at_once() if confined else 1
    with (
        Runner([model for model in models if model.is_dir()], slots=Slots(settings.slots)) as runner,
        ThreadPoolExecutor(at_once, thread_name_prefix="run") as pool,
    ):
        trials = Trials(runner, inputs, snapshot, settings.students, settings.workspace, shared)
        for future in as_completed([pool.submit(trials.run, run) for run in owed]):
            yield future.result()


def _deliver(hub: Hub, reproduction: str, result: ReproductionPredictions) -> None:
    try:
        hub.deliver(result, f"{reproduction}.{result.run}"[-128:])
    except RefusedError as refused:
        if refused.status != CONFLICT:
            raise
        log.info("run %s: %s", result.run, refused)
