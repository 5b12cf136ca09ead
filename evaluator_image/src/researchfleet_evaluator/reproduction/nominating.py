"""Opening reproductions for the best snapshots, once each."""

from secrets import token_hex

from researchfleet_core.wire.evaluation import FleetScores
from sqlalchemy import Connection, func, insert, select

from researchfleet_evaluator import fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.fleets import Fleet
from researchfleet_evaluator.reproduction.finalists import Candidate, choose
from researchfleet_evaluator.reproduction.planning import plan_runs
from researchfleet_evaluator.scores import fleet_scores
from researchfleet_evaluator.store.tables import experiments, reproductions, runs, submissions


def nominate(evaluator: Evaluator, fleet_uid: str) -> FleetScores:
    """Open a reproduction for every finalist that has none. Changes nothing when no better snapshot has come."""

    def work(connection: Connection) -> None:
        fleet = fleets.load(connection, fleet_uid, lock=True)
        opened = set(connection.scalars(select(reproductions.c.snapshot).where(reproductions.c.fleet_uid == fleet_uid)))
        for finalist in choose(_candidates(evaluator, connection, fleet), fleet.problem.finalists):
            if finalist.snapshot not in opened:
                _open(evaluator, connection, fleet, finalist)

    evaluator.store.write(work)
    return fleet_scores(evaluator, fleet_uid)


def _candidates(evaluator: Evaluator, connection: Connection, fleet: Fleet) -> list[Candidate]:
    rank_rows = evaluator.shelf.research(fleet.problem.testbed).visible.rank_rows
    pooled = connection.execute(
        select(experiments.c.snapshot, func.min(experiments.c.number), func.sum(submissions.c.rank_right), func.count())
        .join(submissions, submissions.c.experiment == experiments.c.number)
        .where(experiments.c.fleet_uid == fleet.uid, experiments.c.finished.is_not(None))
        .group_by(experiments.c.snapshot)
    ).all()
    owners = select(experiments.c.number, experiments.c.agent_uid).where(experiments.c.fleet_uid == fleet.uid)
    agents = {number: agent_uid for number, agent_uid in connection.execute(owners)}  # noqa: C416 - rows are no pairs
    return [
        Candidate(snapshot, agents[first], int(right), int(count) * rank_rows, first)
        for snapshot, first, right, count in pooled
    ]


def _open(evaluator: Evaluator, connection: Connection, fleet: Fleet, finalist: Candidate) -> None:
    first = select(experiments.c.agent, experiments.c.title, experiments.c.family)
    agent, title, family = connection.execute(first.where(experiments.c.number == finalist.first)).one()
    uid = f"rep-{token_hex(8)}"
    number = connection.execute(
        insert(reproductions)
        .values(
            uid=uid,
            fleet_uid=fleet.uid,
            snapshot=finalist.snapshot,
            agent=agent,
            title=title,
            family=family,
            nominated=evaluator.now(),
        )
        .returning(reproductions.c.number)
    ).scalar_one()
    targets = [fleet.problem.testbed, *fleet.problem.transfer]
    teachers = {target: len(evaluator.shelf.pinned(target).testbed.sealed.weak) for target in targets}
    connection.execute(
        insert(runs),
        [
            {
                "uid": run.uid,
                "reproduction": number,
                "position": run.position,
                "target": run.condition.target,
                "task": run.task,
                "student": run.condition.student,
                "variation": run.condition.variation.value,
                "teacher": run.teacher,
                "seed": run.seed,
                "weak": run.weak,
            }
            for run in plan_runs(fleet.problem, fleet.secret, teachers, uid)
        ],
    )
