"""Registering and submitting: counted first, forwarded, noted; the budget is never bent by a crash or a refusal."""

import pytest
from researchfleet_core.wire.base import Refusal
from researchfleet_core.wire.setup import Limits
from researchfleet_hub.state.tables import answers, experiments
from sqlalchemy import delete, update

from tests.hub.conftest import FLEET, START, Ports, World, report, setup
from tests.hub.evaluator_double import EvaluatorDouble


def evaluations(world: World) -> int:
    """Seeds counted against the fleet."""
    return world.sync().ledger.amounts.evaluations


def test_an_experiment_is_registered_submitted_and_answered(any_world: World, double: EvaluatorDouble) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    registered = ada.register(digest).json()
    assert [task["teacher"] for task in registered["seeds"]] == [0, 1]
    path = f"/v1/experiments/{registered['experiment']}/predictions"
    first, last = (
        ada.post(path, {"seed": task["seed"], "predictions": [0, 1, 0.5, 1]}).json() for task in registered["seeds"]
    )
    assert (first["remaining"], first["feedback"]) == (1, None)
    assert (last["remaining"], last["feedback"]["pgr"]) == (0, 0.4)
    assert double.experiments[registered["experiment"]].owner.agent_uid == "uid-ada"
    own = ada.get("/v1/experiments").json()["experiments"]
    assert [(one["experiment"], one["delivered"]) for one in own] == [(registered["experiment"], 2)]


def test_the_sandboxs_key_is_handed_on(world: World, double: EvaluatorDouble) -> None:
    ada = world.as_agent("ada")
    ada.register(ada.upload(), key="the-sandbox's-key".replace("'", "."))
    assert list(double.by_key) == [("uid-ada", "the-sandbox.s-key")]


def test_an_unknown_snapshot_is_refused_before_the_evaluator_hears_of_it(world: World, double: EvaluatorDouble) -> None:
    answer = world.as_agent("ada").register(f"sha256:{'0' * 64}")
    assert (answer.status_code, answer.json()["reason"]) == (422, "SnapshotUnknown")
    assert not double.by_key
    assert evaluations(world) == 0


def test_the_evaluators_refusal_is_passed_on_unchanged_and_costs_nothing(any_world: World, double: EvaluatorDouble) -> None:
    double.refusal = Refusal(error="seeds: 2 are not allowed (3 to 16)", reason="TooFewSeeds", field="seeds")
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    answer = ada.register(digest, key="refused-at-first")
    assert (answer.status_code, answer.json()) == (422, double.refusal.model_dump())
    assert evaluations(any_world) == 0
    double.refusal = None
    assert ada.register(digest, key="refused-at-first").status_code == 200
    assert evaluations(any_world) == 2


@pytest.mark.parametrize(
    "body",
    [
        '{"seed": 100, "predictions": [0, 1, NaN, 1]}',
        '{"seed": 100, "predictions": [0, 1, "1", 1]}',
        '{"seed": 100, "predictions": [0, 1, true, 1]}',
        '{"seed": 100, "predictions": [0, 1, 1.5, 1]}',
        '{"seed": 100, "predictions": [0, 1, null, 1]}',
        '{"seed": 100, "predictions": []}',
        '{"seed": 100, "predictions": {"0": 1}}',
        '{"seed": "100", "predictions": [1]}',
        '{"predictions": [1]}',
        "[" * 5000,
        "",
        "{",
    ],
)
def test_what_is_no_list_of_probabilities_never_reaches_the_evaluator(world: World, body: str) -> None:
    ada = world.as_agent("ada")
    experiment = ada.register(ada.upload()).json()["experiment"]
    answer = ada.ask("POST", f"/v1/experiments/{experiment}/predictions", content=body)
    assert (answer.status_code, answer.json()["reason"]) == (422, "Invalid")
    assert ada.get("/v1/experiments").json()["experiments"][0]["delivered"] == 0


def test_predictions_of_somebody_elses_experiment_are_refused_by_the_evaluator(world: World) -> None:
    ada, eve = world.as_agent("ada"), world.as_agent("eve")
    experiment = ada.register(ada.upload()).json()["experiment"]
    answer = eve.post(f"/v1/experiments/{experiment}/predictions", {"seed": 100, "predictions": [0, 1, 0, 1]})
    assert (answer.status_code, answer.json()["reason"]) == (404, "UnknownExperiment")


def test_an_evaluator_that_is_away_is_said_so_and_the_same_key_works_later(
    any_world: World, double: EvaluatorDouble
) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    double.is_broken = True
    answer = ada.register(digest, key="sent-until-it-works")
    assert (answer.status_code, answer.json()["reason"]) == (503, "EvaluatorUnreachable")
    assert int(answer.headers["retry-after"]) > 0
    double.is_broken = False
    assert ada.register(digest, key="sent-until-it-works").status_code == 200
    assert evaluations(any_world) == 2


def test_the_evaluators_complaint_about_the_hubs_own_token_is_no_answer_for_an_agent(
    world: World, ports: Ports, double: EvaluatorDouble
) -> None:
    stranger = ports.over(world.hub.database)
    stranger.hub.evaluator._http.headers["Authorization"] = "Bearer another"
    answer = stranger.as_agent("ada").get("/v1/experiments")
    assert (answer.status_code, double.wrong_tokens) == (503, 1)
    assert "token" not in answer.text


def test_evaluations_are_counted_one_a_seed_and_refused_when_they_are_used_up(any_world: World) -> None:
    any_world.set_up(setup(Limits(evaluations=5)))
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    assert ada.register(digest, seeds=3).status_code == 200
    refused = ada.register(digest, seeds=3)
    assert (refused.status_code, refused.json()["reason"]) == (403, "BudgetExhausted")
    said = "the fleet's budget: evaluations: 3 of 5 are spent; 3 more are too many"
    assert refused.json()["error"] == said
    assert ada.register(digest, seeds=2).status_code == 200
    assert evaluations(any_world) == 5


def test_each_agent_has_its_own_evaluations_too(any_world: World) -> None:
    any_world.set_up(setup(agent_limits=Limits(evaluations=2)))
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    digest = ada.upload()
    assert ada.register(digest).status_code == 200
    assert ada.register(digest).json()["error"].startswith("this agent's budget: evaluations: 2 of 2 are spent")
    assert bob.register(digest).status_code == 200


def test_no_experiment_is_registered_after_the_deadline(world: World) -> None:
    world.set_up(setup(Limits(deadline=START)))
    ada = world.as_agent("ada")
    digest = ada.upload()
    world.clock.advance(90)
    answer = ada.register(digest)
    assert (answer.status_code, answer.json()["error"]) == (403, "the fleet's budget: deadline: it passed 90 s ago")


def test_the_budget_speaks_before_the_snapshot(world: World) -> None:
    world.set_up(setup(Limits(evaluations=0)))
    assert world.as_agent("ada").register(f"sha256:{'0' * 64}").json()["reason"] == "BudgetExhausted"


def test_a_registration_that_a_crash_left_open_is_settled_by_a_sync(any_world: World, double: EvaluatorDouble) -> None:
    """As after kill -9 between the evaluator's commit and the hub's: the answer is lost, its count is not."""
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    lost = ada.register(digest, key="its-answer-is-lost").json()["experiment"]
    with any_world.hub.database.write() as connection:
        connection.execute(update(experiments).values(experiment=None))
        connection.execute(delete(answers).where(answers.c.key == "its-answer-is-lost"))
    assert evaluations(any_world) == 2
    any_world.clock.advance(120)
    assert evaluations(any_world) == 2
    assert len(double.by_key) == 1
    path = f"/v1/experiments/{lost}/predictions"
    for seed in (100, 101):
        ada.post(path, {"seed": seed, "predictions": [0, 1, 0, 1]})
    assert any_world.sync().agents["ada"].experiments == 1
    assert ada.register(digest, key="its-answer-is-lost").json()["experiment"] == lost


def test_a_registration_that_was_left_open_and_is_refused_is_given_back(any_world: World, double: EvaluatorDouble) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    double.is_broken = True
    assert ada.register(digest).status_code == 503
    double.is_broken = False
    double.refusal = Refusal(error="no", reason="No")
    assert evaluations(any_world) == 2
    any_world.clock.advance(120)
    assert evaluations(any_world) == 0
    any_world.clock.advance(120)
    assert evaluations(any_world) == 0


def test_a_late_answer_never_takes_back_what_a_later_one_said(world: World) -> None:
    ada = world.as_agent("ada")
    registered = ada.register(ada.upload(), seeds=3).json()
    path = f"/v1/experiments/{registered['experiment']}/predictions"
    body = {"predictions": [0, 1, 0, 1]}
    for seed in (100, 101, 100):
        ada.post(path, body | {"seed": seed})
    facts = world.sync(report("ada")).agents["ada"]
    assert facts.submitting
    ada.post(path, body | {"seed": 102})
    facts = world.sync(report("ada")).agents["ada"]
    assert (facts.submitting, facts.experiments) == (False, 1)


def test_inputs_come_from_the_evaluator_as_they_are(world: World) -> None:
    answer = world.as_agent("ada").get("/v1/inputs")
    assert answer.headers["content-type"] == "application/x-tar"
    assert f"/v1/fleets/{FLEET}/inputs".encode() in answer.content


def test_inputs_of_an_evaluator_that_is_away_are_a_refusal_not_half_a_tar(world: World, double: EvaluatorDouble) -> None:
    double.is_broken = True
    answer = world.as_agent("ada").get("/v1/inputs")
    assert (answer.status_code, answer.json()["reason"]) == (503, "EvaluatorUnreachable")
