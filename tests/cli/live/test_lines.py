"""A run followed line by line: one line for each event that matters, in words and as JSON."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from researchfleet.live import JsonLines, Lines, picture
from researchfleet.local.status import Status
from researchfleet_core.api.meta import Condition
from researchfleet_core.deciding import Phase
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import AgentFacts, ReproductionState, Verdict


class Following:
    """A run of two agents whose status a test changes and shows."""

    def __init__(self, run) -> None:
        self.out = io.StringIO()
        self.view = Lines(self.out)
        run.agents, run.reproductions = run.agents[:2], []
        self.status: Status = run.status(phase=Phase.RESEARCH)
        sync = self.status.sync
        facts = {name: AgentFacts(ledger=sync.ledger) for name in list(sync.agents)[:2]}
        ledger = sync.ledger.model_copy(update={"verdict": Verdict.OPEN, "limit": None})
        self.sync = sync.model_copy(update={"agents": facts, "ledger": ledger, "best_pgr": None, "experiments": 0})
        self.run_attempts(0, 1)

    def run_attempts(self, *ordinals: int, number: int = 1, reason: EndReason | None = None) -> None:
        """The named agents' newest attempt runs, or has ended."""
        agents = list(self.status.agents)
        for ordinal in ordinals:
            state = agents[ordinal].state
            attempt = replace(state.attempts[0], number=number, reason=reason, ended=self.status.updated if reason else None)
            agents[ordinal] = agents[ordinal].model_copy(update={"state": replace(state, attempts=(attempt,))})
        self.status = self.status.model_copy(update={"agents": agents})

    def score(self, agent: int, rank: float, told: float | None = None) -> None:
        """The hub knows a new best of an agent."""
        name = self.status.agents[agent].state.name
        facts = self.sync.agents[name].model_copy(update={"rank_pgr": rank, "dev_pgr": told})
        self.sync = self.sync.model_copy(update={"agents": {**self.sync.agents, name: facts}})

    def show(self, at: float) -> list[str]:
        """The lines that the status makes, `at` seconds after the start."""
        before = len(self.out.getvalue())
        status = self.status.model_copy(update={"sync": self.sync})
        self.view.show(picture(status, status.started + timedelta(seconds=at)))
        return self.out.getvalue()[before:].splitlines()


@pytest.fixture
def following(run) -> Following:
    return Following(run)


def test_the_first_lines_say_who_runs_and_from_where(following):
    assert following.show(4) == [
        "      4s  fleet quickstart runs",
        "      4s  quickstart-0 runs: try combining weak-to-strong supervision and unsupervised elicitation",
        "      4s  quickstart-1 runs: treat the weak labels as a noisy channel, find out which of them to believe and…",
    ]


def test_nothing_new_is_no_line(following):
    following.show(4)
    assert following.show(6) == []


def test_the_first_score_and_each_new_best_are_told_once(following):
    following.show(4)
    following.score(0, 0.21, told=0.3)
    assert following.show(23) == ["     23s  first scored experiment, by quickstart-0: rank PGR 0.21"]
    following.score(1, 0.211)
    assert following.show(25) == []
    following.score(1, 0.4)
    assert following.show(64) == ["  1m 04s  new best rank PGR, by quickstart-1: rank PGR 0.40"]


def test_what_a_resumed_run_had_before_is_not_told_as_news(following, run):
    following.run_attempts(0, 1, reason=EndReason.DRAINED)
    following.score(0, 0.4)
    run.add_reproduction(run.experiments[0], 0.31)
    sync = following.sync.model_copy(update={"reproductions": run.sync.reproductions})
    following.sync = None
    assert following.show(80) == ["  1m 20s  fleet quickstart runs"]
    following.sync = sync
    assert following.show(82) == []
    following.score(1, 0.5)
    assert following.show(90) == ["  1m 30s  new best rank PGR, by quickstart-1: rank PGR 0.50"]


def test_an_agent_that_ends_and_runs_again_is_told(following):
    following.show(4)
    following.run_attempts(0, reason=EndReason.MEMORY_LIMIT)
    assert following.show(30) == ["     30s  quickstart-0 ended: MemoryLimit"]
    following.run_attempts(0, number=2)
    assert following.show(32)[0].startswith("     32s  quickstart-0 runs again (attempt 2): try combining")


def test_limits_of_the_budget_are_told_when_they_come(following):
    following.show(4)
    ledger = following.sync.ledger
    following.sync = following.sync.model_copy(
        update={"ledger": ledger.model_copy(update={"verdict": Verdict.SOFT, "limit": "deadline"})}
    )
    assert following.show(135) == ["  2m 15s  budget.deadline is nearly reached; 0.0079 USD spent"]
    following.sync = following.sync.model_copy(
        update={"ledger": ledger.model_copy(update={"verdict": Verdict.HARD, "limit": "deadline"})}
    )
    assert following.show(150) == ["  2m 30s  budget.deadline is reached; 0.0079 USD spent"]
    assert following.show(152) == []


def test_reproductions_are_told_from_start_to_verdict(following, run):
    following.show(4)
    run.add_reproduction(run.experiments[0], 0.31, survives=True)
    one = run.sync.reproductions[0]
    following.status = following.status.model_copy(update={"phase": Phase.REPRODUCTION})
    going = one.model_copy(update={"state": ReproductionState.RUNNING, "delivered": 3, "pgr": None, "ranked": None})
    following.sync = following.sync.model_copy(update={"reproductions": [going], "experiments": 30})
    title = run.experiments[0].title
    assert following.show(160) == [
        "  2m 40s  research is over after 30 experiments",
        f"  2m 40s  reproduction of “{title}” (quickstart-0) runs",
    ]
    following.sync = following.sync.model_copy(update={"reproductions": [one]})
    assert following.show(200) == [
        f"  3m 20s  reproduction of “{title}” (quickstart-0) done: PGR 0.31, does not count",
    ]
    assert following.show(201) == []


def test_a_trouble_is_told_once(following):
    trouble = Condition(
        type="EvaluatorReachable",
        status="False",
        last_transition_time=following.status.started,
        reason="EvaluatorUnreachable",
        message="the hub cannot reach the evaluator",
    )
    following.show(4)
    following.status = following.status.model_copy(update={"conditions": [trouble]})
    assert following.show(9) == ["      9s  EvaluatorReachable is False: the hub cannot reach the evaluator"]
    assert following.show(11) == []


def test_a_request_to_stop_is_told(following):
    following.show(4)
    spec = following.status.spec.model_copy(update={"desired_state": "Drained"})
    following.status = following.status.model_copy(update={"spec": spec})
    assert following.show(9) == ["      9s  stopping: Drained"]


def test_what_agents_wrote_cannot_move_the_terminal(following, run):
    following.show(4)
    run.add_reproduction(run.experiments[0].model_copy(update={"title": "a\x1b[2J\nb\u202ec"}), 0.31)
    following.sync = following.sync.model_copy(update={"reproductions": run.sync.reproductions})
    assert "reproduction of “a\\u001b[2J b\\u202ec” (quickstart-0) done" in following.show(9)[0]


def test_json_lines_are_one_object_an_event(following):
    following.view = JsonLines(following.out)
    lines = [json.loads(line) for line in following.show(4)]
    assert [line["event"] for line in lines] == ["fleet-started", "agent-started", "agent-started"]
    assert (lines[1]["agent"], lines[1]["attempt"], lines[1]["elapsed"]) == ("quickstart-0", 1, 4.0)
    following.score(1, 0.4, told=0.44)
    (scored,) = [json.loads(line) for line in following.show(30)]
    assert (scored["event"], scored["agent"], scored["rank_pgr"], scored["told_pgr"]) == (
        "first-score",
        "quickstart-1",
        0.4,
        0.44,
    )
