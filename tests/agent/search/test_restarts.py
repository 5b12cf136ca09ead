"""Killed between any two steps, the researcher goes on as if nothing had been."""

import shutil
from collections import Counter

import pytest
from researchfleet_agent.search import journal as journal_module
from researchfleet_agent.search.journal import Journal

from tests.agent.memory_hub import RefusalError
from tests.agent.search.world import World

EXPERIMENTS = 2


class KilledError(BaseException):
    """What kill -9 looks like from inside: nothing after it happens."""


class Killer:
    """Ends the attempt at its n-th step; steps are requests (before and after the hub acts) and lines of the journal."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise KilledError


def kill_at(world: World, at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """One attempt, killed at a step; False when it ended before."""
    killer = Killer(at)
    handle, append = world.hub.handle, Journal._append

    def handled(*request):
        killer.step()
        answer = handle(*request)
        killer.step()
        return answer

    def appended(self, line):
        killer.step()
        append(self, line[: len(line) // 2] if killer.left == 1 else line)
        killer.step()

    with monkeypatch.context() as patch:
        patch.setattr(world.hub, "handle", handled)
        patch.setattr(journal_module.Journal, "_append", appended)
        try:
            world.attempt(EXPERIMENTS)
        except KilledError:
            return True
    return False


def outcome(world: World):
    """What is left for people: experiments with what was delivered, findings by what they say, votes."""
    experiments = [(one["title"], one["family"], one["snapshot"], one["right"]) for one in world.experiments]
    said = Counter((one["type"], one["title"], one["experiment"]) for one in world.hub.findings)
    return experiments, said, world.hub.votes


def test_a_kill_at_any_step_changes_nothing(tmp_path, monkeypatch):
    (tmp_path / "whole").mkdir()
    undisturbed = World(tmp_path / "whole")
    undisturbed.attempt(EXPERIMENTS)
    expected = outcome(undisturbed)
    at = 0
    while True:
        at += 1
        place = tmp_path / str(at)
        place.mkdir()
        world = World(place)
        if not kill_at(world, at, monkeypatch):
            break
        world.attempt(EXPERIMENTS)
        assert outcome(world) == expected, f"killed at step {at}"
        shutil.rmtree(place)
    assert at > 40


def test_kills_upon_kills_change_nothing(tmp_path, monkeypatch):
    (tmp_path / "whole").mkdir()
    undisturbed = World(tmp_path / "whole")
    undisturbed.attempt(EXPERIMENTS)
    world = World(tmp_path)
    kills = 0
    # An attempt that gets no further than a few steps beyond where the last one was killed.
    for at in range(8, 2_000):
        if not kill_at(world, at, monkeypatch):
            break
        kills += 1
    assert kills > 3
    assert outcome(world) == outcome(undisturbed)


def test_seeds_that_were_trained_before_a_kill_are_not_trained_again(tmp_path):
    world = World(tmp_path)

    def lose_the_second_seed(method, path, body):
        if path.endswith("/predictions") and body["seed"] == 101:
            raise KilledError

    world.hub.before = lose_the_second_seed
    with pytest.raises(KilledError):
        world.attempt(1)
    world.hub.before = lambda method, path, body: None
    trained = list(world.runner.runs)
    world.attempt(1)
    again = Counter(world.runner.runs) - Counter(trained)
    assert (world.titles[0], 100) not in again
    assert (world.titles[0], 101) not in again
    assert len(world.experiments[0]["right"]) == 3


def test_after_a_lost_workspace_what_was_registered_is_finished_first_and_nothing_is_tried_twice(tmp_path):
    world = World(tmp_path)

    def lose_it(method, path, body):
        if path == "/v1/experiments/e-2/predictions" and body["seed"] == 101:
            raise KilledError

    world.hub.before = lose_it
    with pytest.raises(KilledError):
        world.attempt(10)
    assert len(world.experiments[2]["right"]) == 1
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    finished_at = []

    def watch(method, path, body):
        if path.startswith("/v1/experiments") and method == "POST":
            finished_at.append(path)

    world.hub.before = watch
    world.attempt(8)
    assert finished_at[:3] == ["/v1/experiments/e-2/predictions"] * 3
    assert all(len(one["right"]) == 3 for one in world.experiments)
    assert len(set(world.titles)) == len(world.experiments) == 8


def test_seeds_that_the_evaluator_has_in_another_version_count_as_delivered(tmp_path):
    """Training is deterministic on one machine; on another the last digits may differ."""
    world = World(tmp_path)

    def has_other_predictions(method, path, body):
        if path.endswith("/predictions") and body["seed"] in world.hub.experiments["e-0"]["right"]:
            raise RefusalError(409, "AlreadySubmitted", "others are not allowed")
        if path.endswith("/predictions") and body["seed"] == 102 and not lost:
            lost.append(True)
            raise KilledError

    lost = []
    world.hub.before = has_other_predictions
    with pytest.raises(KilledError):
        world.attempt(1)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    world.attempt(1)
    assert [one["type"] for one in world.hub.findings if one["experiment"] == "e-0"] == ["result"]
