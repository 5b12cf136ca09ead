"""All scores of a fleet, for people. Nothing here is ever sent to an agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from researchfleet_core.families import Family
from researchfleet_core.pgr import bootstrap_interval
from researchfleet_core.testbed import Slice
from researchfleet_core.wire.evaluation import ExperimentScore, FleetScores, Interval, Reproduction
from researchfleet_core.wire.experiments import Feedback
from sqlalchemy import Connection, select

from researchfleet_evaluator import fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.registering import tasks
from researchfleet_evaluator.fleets import Fleet
from researchfleet_evaluator.reproduction.opened import Opened, all_opened
from researchfleet_evaluator.reproduction.scoring import score
from researchfleet_evaluator.reproduction.verdict import judge
from researchfleet_evaluator.scoring import correct
from researchfleet_evaluator.store.tables import experiments, submissions
from researchfleet_evaluator.testbeds import Research


@dataclass(frozen=True)
class _Experiment:
    """A row of `experiments`, its columns in this order."""

    number: int
    uid: str
    agent: str
    agent_uid: str
    title: str
    hypothesis: str
    family: str
    snapshot: str
    start: int
    seeds: int
    delivered: int
    registered: datetime
    finished: datetime | None
    feedback: str | None


def fleet_scores(evaluator: Evaluator, fleet_uid: str) -> FleetScores:
    """Experiments in the order of their registration, reproductions in the order of their nomination.

    Raises RefusedError when no plan was put for the fleet.
    """

    def work(connection: Connection) -> FleetScores:
        return _Reading(evaluator, connection, fleets.load(connection, fleet_uid)).scores()

    return evaluator.store.read(work)


class _Reading:
    """One reading of a fleet's scores: one state of the database."""

    def __init__(self, evaluator: Evaluator, connection: Connection, fleet: Fleet) -> None:
        self._evaluator = evaluator
        self._connection = connection
        self._fleet = fleet
        self._testbed: Research = evaluator.shelf.research(fleet.problem.testbed)
        columns = [experiments.c[name] for name in _Experiment.__dataclass_fields__]
        rows = connection.execute(
            select(*columns).where(experiments.c.fleet_uid == fleet.uid).order_by(experiments.c.number)
        )
        self._experiments = [_Experiment(*row) for row in rows]
        self._finished_of: dict[str, list[_Experiment]] = {}
        for one in self._experiments:
            if one.finished is not None:
                self._finished_of.setdefault(one.snapshot, []).append(one)

    def scores(self) -> FleetScores:
        """All of them."""
        return FleetScores(
            fleet_uid=self._fleet.uid,
            problem=self._fleet.digest,
            testbed=self._fleet.problem.testbed,
            experiments=[self._experiment(one) for one in self._experiments],
            reproductions=[self._reproduction(one) for one in all_opened(self._connection, self._fleet.uid)],
        )

    def _experiment(self, one: _Experiment) -> ExperimentScore:
        finished = one.finished is not None
        return ExperimentScore(
            experiment=one.uid,
            agent=one.agent,
            agent_uid=one.agent_uid,
            title=one.title,
            hypothesis=one.hypothesis,
            family=Family(one.family),
            snapshot=one.snapshot,
            seeds=tasks(self._fleet, self._testbed, one.start, one.seeds),
            delivered=one.delivered,
            registered=one.registered,
            finished=one.finished,
            dev=self._pgr(Slice.DEV, [one]) if finished else None,
            rank=self._pgr(Slice.RANK, self._finished_of[one.snapshot]) if finished else None,
            feedback=Feedback.model_validate_json(one.feedback) if one.feedback is not None else None,
        )

    def _reproduction(self, one: Opened) -> Reproduction:
        lines = score(self._evaluator, self._connection, self._fleet.problem, one)
        sealed, shuffled, random_student, *_ = lines
        verdict = judge(one.state, one.ended, sealed, [shuffled, random_student])
        pooled = self._finished_of[one.snapshot]
        return Reproduction(
            uid=one.uid,
            agent=one.agent,
            experiments=[experiment.uid for experiment in pooled],
            snapshot=one.snapshot,
            title=one.title,
            family=Family(one.family),
            state=one.state,
            runs=len(one.runs),
            delivered=sum(run.answered for run in one.runs),
            dev=self._pgr(Slice.DEV, pooled),
            rank=self._pgr(Slice.RANK, pooled),
            reproduced=sealed.pgr if one.state.over else None,
            conditions=lines,
            ranked=verdict.ranked,
            why_not=verdict.why_not,
        )

    def _pgr(self, slice_: Slice, pooled: Sequence[_Experiment]) -> Interval:
        """PGR over all seeds of these finished experiments."""
        numbers = tuple(one.number for one in pooled)

        def compute() -> Interval:
            query = (
                select(submissions.c.predictions)
                .where(submissions.c.experiment.in_(numbers))
                .order_by(submissions.c.experiment, submissions.c.seed)
            )
            right = np.stack([correct(stored, self._testbed.part, slice_) for stored in self._connection.scalars(query)])
            scale = self._testbed.scale(self._fleet.problem.student, slice_)
            return bootstrap_interval(right, scale.weak, scale.ceiling)

        return self._evaluator.estimates.get((slice_, numbers), compute)
