"""Registering an experiment: the evaluator chooses its seeds."""

from hashlib import sha256
from secrets import token_hex

from researchfleet_core.wire.evaluation import EvaluatorRegister
from researchfleet_core.wire.experiments import MAX_SEEDS, Registered, SeedTask
from sqlalchemy import Connection, func, insert, select

from researchfleet_evaluator import fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.fleets import Fleet
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid
from researchfleet_evaluator.seeds import draws
from researchfleet_evaluator.store.tables import experiments
from researchfleet_evaluator.testbeds import Research

# Every agent's experiments draw from it, so that methods are compared on the same seeds.
SEQUENCE = "experiments"


def register(evaluator: Evaluator, body: EvaluatorRegister) -> Registered:
    """Store an experiment and say which seeds to run. The same key and body get the first answer, another body 409."""
    request = sha256(body.model_dump_json().encode()).hexdigest()

    def work(connection: Connection) -> tuple[Registered, bool]:
        fleet = fleets.load(connection, body.owner.fleet_uid, lock=True)
        testbed = evaluator.shelf.research(fleet.problem.testbed)
        query = select(experiments.c.uid, experiments.c.start, experiments.c.seeds, experiments.c.request).where(
            experiments.c.agent_uid == body.owner.agent_uid, experiments.c.key == body.key
        )
        if (row := connection.execute(query).one_or_none()) is not None:
            uid, start, seeds, first = row
            if first != request:
                problem = f"key: {body.key} is not allowed (it was used for another experiment; use a new one)"
                raise RefusedError(409, RefusalReason.KEY_REUSED, problem, "key")
            return _answer(uid, fleet, testbed, start, seeds), False
        _check_seeds(body.experiment.seeds, fleet.problem.seeds)
        uid, start = f"e-{token_hex(8)}", _next_start(connection, fleet, body.experiment.snapshot)
        chosen = {"uid": uid, "request": request, "start": start, "delivered": 0, "registered": evaluator.now()}
        connection.execute(insert(experiments).values(**_row(body), **chosen))
        return _answer(uid, fleet, testbed, start, body.experiment.seeds), True

    registered, new = evaluator.store.write(work)
    if new:
        evaluator.metrics.registrations.inc()
    return registered


def tasks(fleet: Fleet, testbed: Research, start: int, seeds: int) -> list[SeedTask]:
    """The seeds `start` to `start + seeds` of the fleet's sequence."""
    drawn = draws(fleet.secret, SEQUENCE, testbed.testbed.manifest.teachers.agent, start, seeds)
    return [SeedTask(seed=one.seed, teacher=one.teacher) for one in drawn]


def _check_seeds(wanted: int, least: int) -> None:
    if wanted < least:
        raise invalid("experiment.seeds", f"{wanted} is not allowed ({least} to {MAX_SEEDS} in this fleet)")


def _next_start(connection: Connection, fleet: Fleet, snapshot: str) -> int:
    """The first seed that this snapshot was not given yet: a repetition adds seeds instead of repeating them."""
    query = select(func.max(experiments.c.start + experiments.c.seeds)).where(
        experiments.c.fleet_uid == fleet.uid, experiments.c.snapshot == snapshot
    )
    return connection.scalar(query) or 0


def _row(body: EvaluatorRegister) -> dict[str, object]:
    """What the caller said of the experiment, by column."""
    owner, wanted = body.owner, body.experiment
    return {
        "fleet_uid": owner.fleet_uid,
        "agent": owner.agent,
        "agent_uid": owner.agent_uid,
        "key": body.key,
        "title": wanted.title,
        "hypothesis": wanted.hypothesis,
        "family": wanted.family.value,
        "snapshot": wanted.snapshot,
        "seeds": wanted.seeds,
    }


def _answer(uid: str, fleet: Fleet, testbed: Research, start: int, seeds: int) -> Registered:
    return Registered(experiment=uid, seeds=tasks(fleet, testbed, start, seeds), rows=testbed.visible.rows)
