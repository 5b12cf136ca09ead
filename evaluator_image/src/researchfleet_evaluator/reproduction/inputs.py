"""What a reproduction's sandbox is given: its plan and one task folder a testbed, without a label."""

from dataclasses import replace

import numpy as np
from researchfleet_core.testbed import FloatArray, Role, Testbed, pack
from researchfleet_core.wire.evaluation import ReproductionPlan, ReproductionRun, Variation
from sqlalchemy import Connection

from researchfleet_evaluator import fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.fleets import Fleet
from researchfleet_evaluator.reproduction.opened import Opened, Run, load_opened
from researchfleet_evaluator.seeds import generator

PLAN = "plan.json"


def archive(evaluator: Evaluator, uid: str) -> bytes:
    """The tar of a reproduction: plan.json and task-<i>/. The same reproduction gets the same bytes."""
    opened, fleet = evaluator.store.read(lambda connection: _load(connection, uid))
    plan = ReproductionPlan(
        reproduction=uid,
        snapshot=opened.snapshot,
        runs=[
            ReproductionRun(run=run.uid, task=run.task, weak=run.weak, student=run.student, seed=run.seed)
            for run in opened.runs
        ],
        seconds_per_run=fleet.problem.run_seconds,
        memory_mib=fleet.problem.run_memory_mib,
    )
    files = {PLAN: plan.model_dump_json(indent=2).encode() + b"\n"}
    for target in {run.target for run in opened.runs}:
        of_target = [run for run in opened.runs if run.target == target]
        folder = _task_folder(evaluator.shelf.pinned(target).testbed, of_target, fleet.secret)
        files |= {f"{of_target[0].task}/{name}": content for name, content in folder.items()}
    return pack(files)


def _load(connection: Connection, uid: str) -> tuple[Opened, Fleet]:
    opened = load_opened(connection, uid)
    return opened, fleets.load(connection, opened.fleet_uid)


def _task_folder(testbed: Testbed, of_target: list[Run], secret: bytes) -> dict[str, bytes]:
    """The task folder of a target with the weak files that its runs name, instead of one a teacher."""
    weak = {run.weak: _weak(testbed.sealed.weak[run.teacher], run, secret) for run in of_target}
    named = np.stack([weak[f"weak/{i}.npy"] for i in range(len(weak))])
    return replace(testbed, sealed=replace(testbed.sealed, weak=named)).task_folder(Role.REPRODUCTION)


def _weak(teacher: FloatArray, run: Run, secret: bytes) -> FloatArray:
    """A run's weak labels; as a counterfactual the same values on other rows, so that the file looks like any other."""
    if run.variation is not Variation.SHUFFLED_LABELS:
        return teacher
    return generator(secret, f"permuted:{run.uid}").permutation(teacher)
