"""Taking in the predictions of a reproduction's runs, each once."""

from dataclasses import dataclass
from hashlib import sha256

from researchfleet_core.wire.evaluation import ReproductionPredictions
from sqlalchemy import Connection, select, update

from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.submitting import check_length
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid
from researchfleet_evaluator.reproduction.opened import load_opened
from researchfleet_evaluator.scoring import Answer
from researchfleet_evaluator.store.tables import reproductions, runs


@dataclass(frozen=True)
class _Result:
    """What is stored of one run; digest tells a repetition from another answer."""

    digest: bytes
    predictions: bytes | None
    rows_right: int | None
    error: str | None


def deliver(evaluator: Evaluator, uid: str, body: ReproductionPredictions) -> None:
    """Store one run's predictions, or why it has none. The same again changes nothing, another answer is 409."""
    if (body.predictions is None) == (body.error is None):
        raise invalid("predictions", "exactly one of predictions and error is needed")
    number, target = evaluator.store.read(lambda connection: _find(connection, uid, body.run))
    with evaluator.metrics.scoring.time():
        result = _result(evaluator, target, body)

    def work(connection: Connection) -> bool:
        # The whole reproduction is locked: giving it up and delivering its last run exclude each other.
        lock = select(reproductions.c.ended).where(reproductions.c.number == number).with_for_update()
        ended = connection.scalar(lock)
        there = connection.scalar(select(runs.c.answer).where(runs.c.uid == body.run))
        if there == result.digest:
            return False
        if ended is not None:
            problem = f"run: {body.run} is not allowed (reproduction {uid} was given up: {ended})"
            raise RefusedError(409, RefusalReason.REPRODUCTION_OVER, problem, "run")
        if there is not None:
            problem = f"run: {body.run} has its answer already; another one is not allowed"
            raise RefusedError(409, RefusalReason.ALREADY_SUBMITTED, problem, "run")
        connection.execute(
            update(runs)
            .where(runs.c.uid == body.run)
            .values(
                answer=result.digest,
                predictions=result.predictions,
                rows_right=result.rows_right,
                error=result.error,
                seconds=body.seconds,
                received=evaluator.now(),
            )
        )
        return True

    if evaluator.store.write(work):
        evaluator.metrics.submissions.labels("reproduction").inc()


def end(evaluator: Evaluator, uid: str, reason: str) -> None:
    """Give a reproduction up: its missing runs have failed. Changes nothing when all runs were answered."""
    reason = storable(reason)

    def work(connection: Connection) -> None:
        lock = select(reproductions.c.number).where(reproductions.c.uid == uid).with_for_update()
        connection.execute(lock)
        opened = load_opened(connection, uid)
        if opened.state.over:
            return
        missing = (runs.c.reproduction == opened.number) & runs.c.received.is_(None)
        connection.execute(update(runs).where(missing).values(error=reason, received=evaluator.now()))
        connection.execute(update(reproductions).where(reproductions.c.uid == uid).values(ended=reason))

    evaluator.store.write(work)


def storable(text: str) -> str:
    """A text that a sandbox wrote, without NUL: PostgreSQL holds none."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _find(connection: Connection, uid: str, run: str) -> tuple[int, str]:
    """Number of the reproduction and target of the run. Raises RefusedError when there is no such run in it."""
    opened = load_opened(connection, uid)
    for one in opened.runs:
        if one.uid == run:
            return opened.number, one.target
    raise RefusedError(404, RefusalReason.UNKNOWN_RUN, f"run: {run} is not in the plan of reproduction {uid}", "run")


def _result(evaluator: Evaluator, target: str, body: ReproductionPredictions) -> _Result:
    if body.predictions is None:
        error = body.error or ""
        return _Result(sha256(f"error:{error}".encode()).digest(), None, None, storable(error))
    sealed = evaluator.shelf.pinned(target).sealed
    check_length(body.predictions, sealed.rows)
    answer = Answer.of(body.predictions)
    right, _ = sealed.count(answer)
    return _Result(answer.digest, answer.stored, right, None)
