"""Where agents register and submit: everything is counted, forwarded and noted, in this order."""

from researchfleet_core.wire.evaluation import AgentRef, EvaluatorRegister, EvaluatorSubmit
from researchfleet_core.wire.experiments import (
    OwnExperiments,
    Registered,
    RegisterExperiment,
    SubmitPredictions,
    Submitted,
)

from researchfleet_hub.evaluator import Evaluator, EvaluatorAwayError
from researchfleet_hub.experiments import counting
from researchfleet_hub.experiments.counting import Counted, Unanswered
from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.refusals import Refused
from researchfleet_hub.snapshots.shelf import Shelf
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.once import Write, claim, keep, recall
from researchfleet_hub.times import SECOND, Clock, micros

# A sandbox retries within seconds; what is older was left by a crash.
LEFT_OPEN = 60 * SECOND


class Desk:
    """Experiments of agents."""

    def __init__(self, database: Database, evaluator: Evaluator, shelf: Shelf, clock: Clock) -> None:
        self._database = database
        self._evaluator = evaluator
        self._shelf = shelf
        self._clock = clock

    def register(self, who: Researcher, key: str, body: RegisterExperiment) -> Registered:
        """Count the seeds against the budget, then register. Refused with 403 (budget), 422 or 409 (snapshot)."""
        write = _registration(who.uid, key, body)
        with self._database.read() as connection:
            if kept := recall(connection, write):
                return Registered.model_validate_json(kept)
        with self._database.write() as connection:
            counted = counting.count(connection, who, key, body, self._now())
        return self._forward(counted, who.owner, write, body)

    def submit(self, who: Researcher, key: str, experiment: str, body: SubmitPredictions) -> Submitted:
        """Forward one seed's predictions."""
        write = Write.of(who.uid, key, f"submit predictions of {experiment}", body)
        with self._database.read() as connection:
            if kept := recall(connection, write):
                return Submitted.model_validate_json(kept)
        message = EvaluatorSubmit(owner=who.owner, experiment=experiment, seed=body.seed, predictions=body.predictions)
        answer = self._evaluator.submit(message)
        with self._database.write() as connection:
            if claim(connection, write, self._now()) is None:
                counting.delivered(connection, experiment, answer.remaining, self._now())
                keep(connection, write, answer)
        return answer

    def own(self, who: Researcher) -> OwnExperiments:
        """The agent's experiments, newest first."""
        return self._evaluator.own_experiments(who.owner)

    def settle(self, fleet_uid: str) -> None:
        """Ask the evaluator again for registrations that a crash left without an answer; it knows their keys."""
        with self._database.read() as connection:
            rows = counting.unanswered(connection, fleet_uid, self._now() - LEFT_OPEN)
        for row in rows:
            self._settle_one(row)

    def _settle_one(self, row: Unanswered) -> None:
        owner = AgentRef(fleet_uid=row.fleet_uid, agent=row.agent, agent_uid=row.agent_uid)
        body = RegisterExperiment.model_validate_json(row.asked)
        counted = Counted(row.fleet_uid, row.number)
        try:
            self._forward(counted, owner, _registration(row.agent_uid, row.key, body), body)
        except EvaluatorAwayError:
            raise
        except Refused:
            return  # and given back: nobody waits for this answer any more

    def _forward(self, counted: Counted, owner: AgentRef, write: Write, body: RegisterExperiment) -> Registered:
        try:
            self._shelf.tar(body.snapshot)
            answer = self._evaluator.register(EvaluatorRegister(owner=owner, key=write.key, experiment=body))
        except EvaluatorAwayError:
            raise  # it may have the experiment: it stays counted until it is asked again
        except Refused:
            with self._database.write() as connection:
                counting.uncount(connection, counted, self._now())
            raise
        with self._database.write() as connection:
            if claim(connection, write, self._now()) is None:
                counting.answered(connection, counted, answer)
                keep(connection, write, answer)
        return answer

    def _now(self) -> int:
        return micros(self._clock())


def _registration(agent_uid: str, key: str, body: RegisterExperiment) -> Write:
    return Write.of(agent_uid, key, "register experiment", body)
