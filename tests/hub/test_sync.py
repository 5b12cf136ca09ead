"""The one poll: leases are bought, ends settled, verdicts and facts told; old news changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from researchfleet_core.families import Family, entropy_bits
from researchfleet_core.wire.evaluation import ExperimentScore, FleetScores, Interval, Reproduction
from researchfleet_core.wire.experiments import Feedback
from researchfleet_core.wire.setup import Limits, Prices
from researchfleet_core.wire.sync import Directive, ReproductionState, SyncResponse, Verdict
from researchfleet_hub.refusals import Refused

from tests.hub.conftest import FLEET, HOUR_NANO, MANIFEST, START, Ports, World, agent, report, reproduction_report, setup
from tests.hub.evaluator_double import PROBLEM, EvaluatorDouble

DIGEST = f"sha256:{'a' * 64}"


def at(seconds: float) -> datetime:
    """A time of the test."""
    return START + timedelta(seconds=seconds)


def scores(agent_uid: str = "uid-ada", *, shown: float = 0.4, rank: float = 0.3) -> FleetScores:
    """What the evaluator might say."""
    done = ExperimentScore(
        experiment="x1",
        agent="ada",
        agent_uid=agent_uid,
        title="Bagging",
        hypothesis="",
        family=Family.ENSEMBLE,
        snapshot=DIGEST,
        seeds=[],
        delivered=2,
        registered=START,
        finished=START,
        dev=Interval(value=0.9, low=0.8, high=1),
        rank=Interval(value=rank, low=0, high=1),
        feedback=Feedback(mode="ladder", pgr=shown),
    )
    sealed = Interval(value=0.25, low=0.1, high=0.4)
    one = Reproduction(
        uid="r1",
        agent="ada",
        experiments=["x1"],
        snapshot=DIGEST,
        title="Bagging",
        family=Family.ENSEMBLE,
        state=ReproductionState.DONE,
        runs=9,
        delivered=9,
        dev=None,
        rank=None,
        reproduced=sealed,
        conditions=[],
        ranked=True,
        why_not=None,
    )
    found = one.model_copy(update={"uid": "r2", "reproduced": Interval(value=0.9, low=0, high=1), "ranked": False})
    return FleetScores(fleet_uid=FLEET, problem=PROBLEM, testbed="movie", experiments=[done], reproductions=[one, found])


def seconds(answer: SyncResponse) -> tuple[float, float]:
    """Sandbox and agent seconds of the fleet."""
    return round(answer.ledger.amounts.pod_hours * 3600, 6), round(answer.ledger.amounts.agent_hours * 3600, 6)


def test_a_running_attempt_has_its_lease_renewed_ahead(any_world: World) -> None:
    assert any_world.sync(report("ada")).leases == {"ada-1": at(30)}
    any_world.clock.advance(12)
    answer = any_world.sync(report("ada"))
    assert answer.leases == {"ada-1": at(60)}
    assert answer.ledger.amounts.usd_nano == {"compute": 60 * HOUR_NANO // 3600}


def test_an_ended_attempt_costs_its_real_time(any_world: World) -> None:
    any_world.sync(report("ada"))
    any_world.clock.advance(40)
    answer = any_world.sync(report("ada", ended=at(37.5)))
    assert seconds(answer) == (37.5, 37.5)
    assert answer.leases == {}
    assert answer.ledger.amounts.usd_nano == {"compute": int(37.5 * HOUR_NANO / 3600)}


def test_an_attempt_that_came_and_went_between_two_syncs_is_paid(any_world: World) -> None:
    assert seconds(any_world.sync(report("ada", ended=at(2.25)))) == (2.25, 2.25)


def test_an_attempt_that_was_never_reported_ended_is_settled_when_it_is(any_world: World) -> None:
    """As after kill -9 of the runtime: the next one finds the attempt gone."""
    any_world.sync(report("ada"))
    any_world.clock.advance(5000)
    assert any_world.sync().leases == {"ada-1": at(30)}
    assert seconds(any_world.sync(report("ada", ended=at(21), reason="RuntimeLost"))) == (21, 21)


def test_an_attempt_cannot_have_ended_before_it_was_heard(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    any_world.sync(report("ada"))
    any_world.clock.advance(25)
    ada.post("/v1/heartbeat", {"activity": "training"})
    assert seconds(any_world.sync(report("ada", ended=at(10)))) == (25, 25)


def test_the_same_sync_twice_changes_nothing(any_world: World) -> None:
    reports = [report("ada"), report("bob", ended=at(3))]
    first = any_world.sync(*reports, observed=at(0))
    any_world.clock.advance(100)
    assert any_world.sync(*reports, observed=at(0)).ledger == first.ledger


def test_an_old_report_neither_buys_time_nor_takes_a_directive_back(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    old = report("ada", paused=True)
    any_world.sync(old, observed=at(0))
    any_world.clock.advance(20)
    newest = any_world.sync(report("ada", directive=Directive.WRAP_UP), observed=at(20))
    any_world.clock.advance(100)
    late = any_world.sync(old, observed=at(0))
    assert (late.leases, late.ledger) == (newest.leases, newest.ledger)
    assert ada.post("/v1/heartbeat", {"activity": ""}).json() == {"directive": "wrap up"}


def test_a_report_that_it_runs_does_not_wake_an_ended_attempt(any_world: World) -> None:
    ended = any_world.sync(report("ada", ended=at(5)))
    any_world.clock.advance(50)
    again = any_world.sync(report("ada"), report("ada", ended=at(40)))
    assert (again.leases, again.ledger) == ({}, ended.ledger)


def test_an_end_counts_even_out_of_an_old_report(any_world: World) -> None:
    any_world.sync(report("ada"), observed=at(20))
    assert seconds(any_world.sync(report("ada", ended=at(9)), observed=at(10))) == (9, 9)


def test_a_clock_that_was_ahead_does_not_make_later_syncs_old(world: World) -> None:
    world.sync(report("ada"), observed=at(86_400))
    world.clock.advance(60)
    assert world.sync(report("ada"), observed=at(60)).leases == {"ada-1": at(90)}


def test_a_pause_is_no_agents_time_but_is_paid(any_world: World) -> None:
    any_world.sync(report("ada"))
    any_world.clock.advance(20)
    any_world.sync(report("ada", paused=True))
    any_world.clock.advance(100)
    any_world.sync(report("ada"))
    any_world.clock.advance(10)
    assert seconds(any_world.sync(report("ada", ended=at(130)))) == (130, 30)


def test_gpus_are_held_and_paid_on_top(any_world: World) -> None:
    answer = any_world.sync(report("ada", gpus=2, ended=at(3600)))
    assert answer.ledger.amounts.gpu_hours == 2
    assert answer.ledger.amounts.usd_nano == {"compute": 21 * HOUR_NANO}


def test_a_reproduction_counts_apart_and_outlives_the_researchs_budget(any_world: World) -> None:
    any_world.set_up(setup(Limits(usd_nano=HOUR_NANO // 60)))
    any_world.sync(report("ada"), reproduction_report("r1", gpus=1))
    any_world.clock.advance(45)
    answer = any_world.sync(report("ada"), reproduction_report("r1", gpus=1))
    assert (answer.ledger.verdict, answer.ledger.limit) == (Verdict.HARD, "usd")
    any_world.clock.advance(45)
    answer = any_world.sync(report("ada"), reproduction_report("r1", gpus=1))
    assert answer.leases == {"ada-1": at(60), "r1-1": at(120)}
    amounts = any_world.sync(report("ada", ended=at(60)), reproduction_report("r1", ended=at(100))).ledger.amounts
    assert round(amounts.agent_hours * 3600) == 60
    assert round(amounts.pod_hours * 3600) == 160
    assert amounts.usd_nano == {"compute": HOUR_NANO // 60, "reproduction": 1100 * HOUR_NANO // 3600}
    assert round(any_world.sync().agents["ada"].ledger.amounts.pod_hours * 3600) == 60


def test_a_hard_limit_stops_renewals_and_registrations(any_world: World) -> None:
    any_world.set_up(setup(Limits(agent_hours=1 / 60, soft=0.5)))
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    any_world.sync(report("ada"))
    verdicts = []
    for _ in range(4):
        any_world.clock.advance(30)
        verdicts.append(any_world.sync(report("ada")))
    assert [one.ledger.verdict for one in verdicts] == [Verdict.HARD] * 4
    assert {one.leases["ada-1"] for one in verdicts} == {at(60)}
    answer = ada.register(digest)
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "the fleet's budget: agentHours: 0.017 of 0.0166667 hours are spent",
    )


def test_a_higher_limit_lets_the_fleet_go_on(any_world: World) -> None:
    any_world.set_up(setup(Limits(agent_hours=0)))
    assert any_world.sync(report("ada")).leases == {"ada-1": at(0)}
    any_world.set_up(setup(Limits(agent_hours=1)))
    assert any_world.sync(report("ada")).leases == {"ada-1": at(30)}


def test_one_agents_limit_stops_that_agent_only(any_world: World) -> None:
    any_world.set_up(setup(agent_limits=Limits(agent_hours=30 / 3600)))
    any_world.sync(report("ada"))
    any_world.clock.advance(25)
    answer = any_world.sync(report("ada"), report("bob", started=at(25)))
    assert answer.leases == {"ada-1": at(30), "bob-1": at(55)}
    assert answer.ledger.verdict is Verdict.OPEN
    assert answer.agents["ada"].ledger.verdict is Verdict.HARD


def test_the_deadline_is_a_hard_limit_with_a_soft_share(any_world: World) -> None:
    any_world.set_up(setup(Limits(deadline=at(100), soft=0.9)))
    seen = []
    for _ in range(3):
        seen.append(any_world.sync().ledger)
        any_world.clock.advance(50 if len(seen) > 1 else 95)
    assert [(one.verdict, one.limit) for one in seen] == [
        (Verdict.OPEN, None),
        (Verdict.SOFT, "deadline"),
        (Verdict.HARD, "deadline"),
    ]


def test_used_up_evaluations_only_warn_while_registered_seeds_can_still_come(any_world: World) -> None:
    """Else the sandboxes that work them off would be stopped for having registered them."""
    any_world.set_up(setup(Limits(evaluations=4)))
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    digest = ada.upload()
    ada.register(digest)
    any_world.sync(report("ada"), report("bob"))
    bob.finish(digest)
    open_seeds = any_world.sync(report("ada"), report("bob"))
    assert (open_seeds.ledger.verdict, open_seeds.ledger.limit) == (Verdict.SOFT, "evaluations")
    any_world.sync(report("ada", ended=at(1)), report("bob"))
    gone = any_world.sync(report("bob"))
    assert (gone.ledger.verdict, gone.ledger.limit) == (Verdict.HARD, "evaluations")


def test_scores_of_an_evaluator_that_is_away_stand_even_after_a_restart(
    ports: Ports, any_world: World, double: EvaluatorDouble
) -> None:
    any_world.token(agent("ada"))
    double.scores[FLEET] = scores()
    known = any_world.sync()
    assert (known.agents["ada"].dev_pgr, known.agents["ada"].rank_pgr) == (0.4, 0.3)
    assert (known.best_pgr, known.problem, len(known.reproductions)) == (0.25, PROBLEM, 2)
    assert known.evaluator_reachable
    double.is_broken = True
    restarted = ports.over(any_world.hub.database)
    away = restarted.sync(report("ada"))
    assert not away.evaluator_reachable
    assert (away.agents["ada"].rank_pgr, away.best_pgr, away.reproductions) == (0.3, 0.25, known.reproductions)
    assert away.leases == {"ada-1": at(30)}


def test_dev_is_what_the_agent_was_shown(world: World, double: EvaluatorDouble) -> None:
    world.token(agent("ada"))
    double.scores[FLEET] = scores(shown=0.4)
    assert world.sync().agents["ada"].dev_pgr == 0.4


def test_finalists_are_nominated_when_the_evaluator_hears_it(world: World, double: EvaluatorDouble) -> None:
    assert not world.sync().nominated
    assert double.nominations == 0
    double.is_broken = True
    assert not world.sync(nominate=True).nominated
    double.is_broken = False
    assert world.sync(nominate=True).nominated
    assert double.nominations == 1


def test_facts_of_agents_are_what_they_did(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    digest = ada.upload()
    experiment = ada.finish(digest)
    ada.share(experiment=experiment, snapshot=digest)
    any_world.clock.advance(7)
    ada.post("/v1/heartbeat", {"activity": "reads the forum"})
    facts = any_world.sync(report("ada", direction="ensembles")).agents["ada"]
    told = facts.model_dump(include={"activity", "direction", "family", "experiments", "findings", "heartbeat"})
    assert told == {
        "heartbeat": at(7),
        "activity": "reads the forum",
        "direction": "ensembles",
        "family": Family.ENSEMBLE,
        "experiments": 1,
        "findings": 1,
    }
    assert any_world.sync(report("ada", direction="filters")).agents["ada"].direction == "filters"


def test_a_re_created_name_shows_its_newest_agent_and_the_fleet_keeps_count(any_world: World) -> None:
    any_world.as_agent("ada").share()
    any_world.clock.advance(1)
    any_world.as_agent("ada", attempt=2, uid="uid-of-the-second").share()
    any_world.as_agent("ada", attempt=2, uid="uid-of-the-second").share()
    answer = any_world.sync()
    assert (answer.agents["ada"].findings, answer.findings) == (2, 3)


def test_entropy_is_of_the_last_twenty_findings_with_a_family(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    for _ in range(15):
        ada.share(family="curriculum")
    for _ in range(10):
        ada.share(family="ensemble")
        ada.share(family="other")
        ada.share()
    assert any_world.sync().entropy_bits == pytest.approx(entropy_bits([10, 10]))


def test_storage_is_paid_by_bytes_and_time(any_world: World) -> None:
    any_world.set_up(setup(prices=Prices(gib_month_nano=10**15)))
    info = any_world.as_agent("ada").post("/v1/snapshots", {"files": {"manifest.json": MANIFEST, "run.py": "x = 1"}}).json()
    first = any_world.sync().ledger.amounts.usd_nano["storage"]
    assert first == info["bytes"] * 10**15 * 300 // ((1 << 30) * 30 * 24 * 3600)
    assert any_world.sync().ledger.amounts.usd_nano["storage"] == first
    any_world.clock.advance(900)
    assert any_world.sync().ledger.amounts.usd_nano["storage"] == pytest.approx(4 * first, abs=3)


def test_two_replicas_share_one_ledger(ports: Ports, any_world: World) -> None:
    other = ports.over(any_world.hub.database, any_world.clock)
    any_world.sync(report("ada"))
    any_world.clock.advance(10)
    other.sync(report("ada"))
    any_world.clock.advance(10)
    assert seconds(any_world.sync(report("ada", ended=at(20)))) == (20, 20)


def test_ledger_pages_show_every_entry_once(any_world: World) -> None:
    any_world.sync(report("ada"), report("bob"))
    any_world.clock.advance(30)
    total = any_world.sync(report("ada", ended=at(15)), report("bob")).ledger.amounts
    runtime = any_world.as_runtime()
    entries: list[dict[str, Any]] = []
    cursor = 0
    while page := runtime.get(f"/internal/v1/fleets/{FLEET}/ledger?limit=2&since={cursor}").json()["entries"]:
        entries += page
        cursor = page[-1]["id"]
    assert sorted(one["key"] for one in entries) == ["ada-1/0", "ada-1/end", "bob-1/0", "bob-1/1"]
    assert sum(one["usd_nano"] for one in entries) == total.total_nano
    assert sum(one["pod_seconds"] for one in entries) == pytest.approx(total.pod_hours * 3600)


def test_an_unknown_fleet_is_refused(world: World) -> None:
    answer = world.as_runtime().post("/internal/v1/fleets/fleet-9/sync", {})
    assert (answer.status_code, answer.json()["error"]) == (404, "fleet fleet-9 does not exist")


def test_set_up_tells_the_evaluator_and_keeps_the_limits(any_world: World, double: EvaluatorDouble) -> None:
    answer = any_world.as_runtime().ask("PUT", f"/internal/v1/fleets/{FLEET}", content=setup().model_dump_json())
    assert answer.json() == {"testbed": f"movie@{PROBLEM}", "problem": PROBLEM}
    assert double.plans[FLEET] == setup().plan


def test_a_changed_plan_is_refused_by_the_evaluator_and_changes_nothing(world: World, double: EvaluatorDouble) -> None:
    ada = world.as_agent("ada")
    ada.register(ada.upload())
    changed = setup(Limits(evaluations=2))
    changed = changed.model_copy(update={"plan": changed.plan.model_copy(update={"seeds": 9})})
    with pytest.raises(Refused, match="an experiment exists") as refused:
        world.set_up(changed)
    assert refused.value.status == 409
    assert world.sync().ledger.verdict is Verdict.OPEN


def test_new_limits_reach_a_fleet_whose_evaluator_is_away(world: World, double: EvaluatorDouble) -> None:
    double.is_broken = True
    world.set_up(setup(Limits(evaluations=0)))
    assert world.sync().ledger.verdict is Verdict.HARD
    with pytest.raises(Refused, match="the evaluator does not answer"):
        world.set_up(setup().model_copy(update={"plan": setup().plan.model_copy(update={"seeds": 9})}))


@pytest.mark.parametrize("field", ["fleet_uid", "plan.fleet_uid"])
def test_a_set_up_for_another_fleet_is_refused_by_name(world: World, field: str) -> None:
    wrong = setup().model_dump(mode="json")
    (wrong["plan"] if field.startswith("plan") else wrong)["fleet_uid"] = "fleet-2"
    answer = world.as_runtime().put(f"/internal/v1/fleets/{FLEET}", wrong)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
