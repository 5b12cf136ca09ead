"""The runtime observes and carries out, whoever dies and whatever the hub says."""

import asyncio
import os
import signal

import pytest
from researchfleet.local import CannotRunError, Status
from researchfleet.local.sandbox.bubblewrap import Bubblewrap
from researchfleet_core.api.problem import Reference
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import SyncRequest, Verdict


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


async def test_every_agent_gets_its_own_token_direction_seed_and_workspace(runs, until):
    run = runs("sleep", "other")
    living = asyncio.create_task(run.live(confine=Bubblewrap))
    await until(lambda: len(run.started()) == 2)
    tokens = {token["agent"]: token for token in run.hub.tokens}
    assert {token["role"] for token in tokens.values()} == {"agent"}
    assert tokens["f-0"]["agent_uid"] != tokens["f-1"]["agent_uid"]
    assert {name: tokens[name]["attempt"] for name in tokens} == {"f-0": 1, "f-1": 1}
    await until(lambda: (run.folder.logs / "f-1-1.log").read_text() == "agent other\n")
    assert run.folder.workspace("f-0").is_dir()
    await until(lambda: {report.direction for report in run.hub.reports.values()} == {"sleep", "other"})
    interrupt()
    interrupt()
    await living


async def test_the_first_interrupt_drains_and_resume_goes_on_with_the_next_attempt(runs, until):
    run = runs("sleep", "sleep")
    living = asyncio.create_task(run.live())
    await until(lambda: len(run.started()) == 2)
    interrupt()
    await until(lambda: {one.told.value for one in run.started()} == {"wrap up"})
    await until(lambda: {report.directive.value for report in run.hub.reports.values()} == {"wrap up"})
    run.wrap_up()
    assert (await living).kind == "drained"
    assert sorted(run.hub.ends) == sorted(run.hub.reports)
    uid = run.book.fleet.uid
    (run.door / "wrap-up").unlink()
    living = asyncio.create_task(run.live())
    await until(lambda: len(run.started()) == 2)
    assert run.book.fleet.uid == uid
    assert {(one.owner, one.number) for one in run.started()} == {("f-0", 2), ("f-1", 2)}
    interrupt()
    interrupt()
    assert (await living).kind == "stopped"


async def test_the_second_interrupt_stops_at_once_and_every_end_is_told_once(runs, until):
    run = runs("sleep", "sleep")
    living = asyncio.create_task(run.live())
    await until(lambda: len(run.started()) == 2)
    interrupt()
    await until(lambda: {one.told.value for one in run.started()} == {"wrap up"})
    interrupt()
    assert (await living).kind == "stopped"
    assert run.ended() == [EndReason.SUSPENDED] * 2
    assert sorted(run.hub.ends) == sorted(run.hub.reports)


async def test_an_agent_that_crashes_is_tried_again_and_then_given_up_and_the_run_ends(runs, until):
    run = runs("crash")
    assert (await run.live()).kind == "finished"
    assert run.ended() == [EndReason.CRASHED] * 3
    assert [one.exit_code for one in run.book.attempts.all()] == [3] * 3
    assert run.statuses[-1].agents[0].state.failed
    assert run.statuses[-1].condition("Finished").status == "True"
    assert run.book.fleet.closed is Reason.AGENTS_FAILED


async def test_finalists_are_reproduced_after_research_each_with_a_principal_of_its_own(runs):
    run = runs("complete")
    run.hub.finalists = 2
    run.hub.delivered = True
    assert (await run.live()).kind == "finished"
    principals = [token for token in run.hub.tokens if token["role"] == "reproduction"]
    assert sorted(token["reproduction"] for token in principals) == ["rep-0", "rep-1"]
    assert {token["agent"] for token in principals} == {None}
    assert run.hub.given_up == {}
    assert list(run.folder.scratch.iterdir()) == []


async def test_a_reproduction_that_never_delivers_is_given_up_and_the_run_ends(runs):
    run = runs("complete")
    run.hub.finalists = 1
    assert (await run.live()).kind == "finished"
    assert list(run.hub.given_up) == ["rep-0"]


async def test_when_the_budget_is_gone_agents_wrap_up_and_the_reason_names_the_limit(runs, until):
    run = runs("sleep")
    living = asyncio.create_task(run.live())
    await until(run.started)
    run.hub.verdict = Verdict.HARD
    await until(lambda: [one.told.value for one in run.started()] == ["wrap up"])
    run.wrap_up()
    outcome = await living
    assert (outcome.kind, outcome.reason) == ("finished", "budget.deadline is reached")


async def test_while_the_hub_is_away_agents_go_on_and_ends_are_told_when_it_is_back(runs, until):
    run = runs("sleep", "sleep")
    living = asyncio.create_task(run.live())
    await until(lambda: len(run.hub.reports) == 2)
    run.hub.away = True
    os.kill(next(iter(run.book.processes.values())).pid, signal.SIGKILL)
    await until(lambda: run.ended() == [EndReason.CRASHED])
    assert len(run.started()) == 1
    assert run.hub.ends == []
    run.hub.away = False
    await until(lambda: len(run.hub.ends) == 1)
    interrupt()
    interrupt()
    await living
    assert len(run.hub.ends) == len(set(run.hub.ends))


async def test_a_limit_ends_the_attempt_and_the_policy_decides_what_follows(runs, until):
    rules = [{"onReasons": ["ProcessLimit"], "action": "FailAgent"}]
    run = runs("fork", "sleep", failurePolicy={"rules": rules})
    living = asyncio.create_task(run.live(confine=Bubblewrap))
    await until(lambda: run.ended() == [EndReason.PROCESS_LIMIT])
    await until(lambda: run.statuses[-1].counts.failed == 1)
    assert [one.owner for one in run.started()] == ["f-1"]
    interrupt()
    interrupt()
    await living


async def test_at_the_end_the_hub_can_still_be_asked_and_no_sandbox_runs(runs):
    run = runs("complete")
    seen = []

    async def on_end(hub, status):
        seen.append((await hub.sync(SyncRequest()), status, run.started()))

    await run.live(on_end=on_end)
    [(answer, status, running)] = seen
    assert answer.evaluator_reachable
    assert status.finished
    assert running == []


async def test_status_json_says_what_goes_on_and_is_never_half_written(runs, until):
    run = runs("sleep")
    living = asyncio.create_task(run.live())
    await until(run.started)
    await until(lambda: Status.read(run.folder.status).counts.running == 1)
    status = Status.read(run.folder.status)
    assert (status.fleet, status.pid, status.sandbox) == ("f", os.getpid(), "none")
    assert status.condition("Ready").status == "True"
    assert status.agents[0].direction == "sleep"
    assert run.folder.connection.stat().st_mode & 0o077 == 0
    interrupt()
    interrupt()
    await living
    assert not run.folder.connection.exists()


async def test_a_hub_that_refuses_the_fleet_ends_the_run_with_its_sentence(runs):
    run = runs("sleep")
    run.hub.refusal = (422, "UnknownTestbed")
    with pytest.raises(CannotRunError, match="because of UnknownTestbed"):
        await run.live()


async def test_a_problem_that_changed_after_the_first_experiment_stays_as_it_was(runs, until):
    run = runs("sleep")
    for change in ({}, {"transfer": [Reference(bundled="amazon")]}):
        run.hub.pinned = []
        problem = run.spec.problem.model_copy(update=change)
        living = asyncio.create_task(run.live(spec=run.spec.model_copy(update={"problem": problem})))
        await until(run.started)
        interrupt()
        interrupt()
        await living
    accepted = run.statuses[-1].condition("Accepted")
    assert (accepted.status, accepted.message) == ("False", "transfer is pinned")
    assert run.statuses[-1].spec.problem == run.spec.problem


async def test_an_agent_taken_out_of_the_file_is_stopped_and_gone_after_resume(runs, until):
    run = runs("sleep", "sleep")
    living = asyncio.create_task(run.live())
    await until(lambda: len(run.started()) == 2)
    interrupt()
    interrupt()
    await living
    smaller = run.spec.model_copy(update={"agents": run.spec.agents.model_copy(update={"replicas": 1})})
    living = asyncio.create_task(run.live(spec=smaller))
    await until(lambda: len(run.started()) == 1)
    await until(lambda: len(run.statuses[-1].agents) == 1)
    interrupt()
    interrupt()
    await living
