"""An agent's own experiments, as it may see them: what it said itself, its seeds, and the feedback it was given."""

from researchfleet_core.families import Family
from researchfleet_core.wire.experiments import Feedback, OwnExperiment, OwnExperiments
from sqlalchemy import Connection, select

from researchfleet_evaluator import fleets
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.experiments.registering import tasks
from researchfleet_evaluator.store.tables import experiments


def own(evaluator: Evaluator, fleet_uid: str, agent_uid: str) -> OwnExperiments:
    """The experiments of one agent, newest first; empty for an agent that has none."""

    def work(connection: Connection) -> OwnExperiments:
        fleet = fleets.load(connection, fleet_uid)
        testbed = evaluator.shelf.research(fleet.problem.testbed)
        query = (
            select(
                experiments.c.uid,
                experiments.c.title,
                experiments.c.family,
                experiments.c.snapshot,
                experiments.c.start,
                experiments.c.seeds,
                experiments.c.delivered,
                experiments.c.feedback,
            )
            .where(experiments.c.fleet_uid == fleet_uid, experiments.c.agent_uid == agent_uid)
            .order_by(experiments.c.number.desc())
        )
        return OwnExperiments(
            experiments=[
                OwnExperiment(
                    experiment=uid,
                    title=title,
                    family=Family(family),
                    snapshot=snapshot,
                    seeds=tasks(fleet, testbed, start, seeds),
                    delivered=delivered,
                    feedback=Feedback.model_validate_json(told) if told is not None else None,
                )
                for uid, title, family, snapshot, start, seeds, delivered, told in connection.execute(query)
            ]
        )

    return evaluator.store.read(work)
