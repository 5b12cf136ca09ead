"""From nomination to the transfer table, over HTTP."""

import json

import numpy as np
import pytest

from tests.evaluator.conftest import ADA, BOB, FLEET, digest


@pytest.fixture
def opened(hub):
    """One reproduction, of ada's snapshot `a`."""
    hub.plan(finalists=1)
    hub.run(0.7, 0.7, ADA, "a", seeds=2)
    (reproduction,) = hub.nominate()
    return reproduction


def archive(hub, uid):
    return hub.archive(f"/v1/reproductions/{uid}/inputs")


def runs(hub, uid):
    return json.loads(archive(hub, uid)["plan.json"])["runs"]


def deliver(hub, uid, run, predictions=None, **body):
    sent = {"run": run, "predictions": predictions, "seconds": 1.5, **body}
    return hub.ask("POST", f"/v1/reproductions/{uid}/predictions", json=sent)


def shuffled(hub, uid):
    """The runs whose weak file is no teacher's: found by comparing with the testbed, which no sandbox can."""
    files = archive(hub, uid)
    teachers = hub.evaluator.shelf.find("toy").testbed.sealed.weak
    return {
        run["run"]
        for run in runs(hub, uid)
        if run["task"] == "task-0" and not any(np.array_equal(array(files, run), teacher) for teacher in teachers)
    }


def array(files, run):
    return np.frombuffer(files[f"{run['task']}/{run['weak']}"][-24 * 4 :], dtype=np.float32)


def deliver_all(hub, uid, testbeds, *, honest=0.75, without_labels=0.5, random_student=0.58):
    """All runs with these accuracies."""
    counterfactual = shuffled(hub, uid)
    for number, run in enumerate(runs(hub, uid)):
        accuracy = random_student if run["student"].endswith("-random") else honest
        accuracy = without_labels if run["run"] in counterfactual else accuracy
        truth = testbeds.moved if run["task"] == "task-1" else testbeds.toy
        answer = deliver(hub, uid, run["run"], truth.sealed_predictions(accuracy, 7 * number))
        assert answer.status_code == 204, answer.text


def test_the_best_snapshots_are_opened_once_each(hub):
    hub.run(0.7, 0.70, ADA, "a")
    hub.run(0.7, 0.72, ADA, "b")
    hub.run(0.7, 0.65, BOB, "c")
    hub.run(0.7, 0.99, BOB, "d", seeds=1)
    first = hub.nominate()
    assert [(one["snapshot"], one["agent"]) for one in first] == [(digest("d"), BOB), (digest("b"), ADA)]
    assert hub.nominate() == first
    assert hub.scores()["reproductions"] == first


def test_a_better_snapshot_that_comes_later_is_added(hub, opened):
    hub.run(0.7, 0.9, BOB, "e")
    assert [one["snapshot"] for one in hub.nominate()] == [digest("a"), digest("e")]


def test_an_unfinished_experiment_is_never_nominated(hub):
    registered = hub.register(seeds=2)
    hub.submit(registered["experiment"], registered["seeds"][0]["seed"], hub.truth.predictions(1.0, 1.0))
    assert hub.nominate() == []


def test_a_reproduction_has_all_runs_of_the_plan(hub, opened):
    planned = runs(hub, opened["uid"])
    assert opened["runs"] == len(planned) == 3 + 3 + 3 + 3 + 3
    assert len(shuffled(hub, opened["uid"])) == 3
    count = [(run["task"], run["student"]) for run in planned]
    assert count.count(("task-0", "strong")) == 6
    assert count.count(("task-0", "strong-random")) == 3
    assert count.count(("task-0", "other")) == 3
    assert count.count(("task-1", "strong")) == 3
    assert len({run["run"] for run in planned}) == 15
    # no seed twice on the same rows: an equal seed would tell which weak file is the shuffled one
    assert len({(run["task"], run["seed"]) for run in planned}) == 15


def test_sealed_seeds_are_fresh_and_the_same_for_every_finalist(hub):
    registered = hub.register(ADA, "a", 2)
    hub.run(0.7, 0.7, ADA, "b", 16)
    hub.run(0.7, 0.7, BOB, "c", 16)
    first, second = (runs(hub, one["uid"]) for one in hub.nominate())
    assert sorted(run["seed"] for run in first) == sorted(run["seed"] for run in second)
    assert not {run["seed"] for run in first} & {task["seed"] for task in registered["seeds"]}
    assert [run["seed"] for run in first] != [run["seed"] for run in second]


def test_the_limits_of_a_run_come_from_the_plan(hub):
    hub.plan(run_seconds=77, run_memory_mib=333)
    hub.run(0.7, 0.7)
    plan = json.loads(archive(hub, hub.nominate()[0]["uid"])["plan.json"])
    assert (plan["snapshot"], plan["seconds_per_run"], plan["memory_mib"]) == (digest("a"), 77, 333)


def test_a_honest_finalist_is_reproduced_and_ranked(hub, opened, testbeds):
    assert opened["state"] == "pending"
    deliver_all(hub, opened["uid"], testbeds)
    (reproduction,) = hub.scores()["reproductions"]
    assert (reproduction["state"], reproduction["delivered"], reproduction["ranked"]) == ("done", 15, True)
    assert reproduction["why_not"] is None
    assert round(reproduction["reproduced"]["value"], 6) == 0.75
    table = [
        (
            one["target"].partition("@")[0],
            one["student"],
            one["variation"],
            round(one["accuracy"]["value"], 3),
            one["failed"],
        )
        for one in reproduction["conditions"]
    ]
    assert table == [
        ("toy", "strong", "none", 0.75, 0),
        ("toy", "strong", "shuffled weak labels", 0.5, 0),
        ("toy", "strong-random", "randomly initialised student", 0.583, 0),
        ("moved", "strong", "none", 0.75, 0),
        ("toy", "other", "none", 0.75, 0),
    ]


@pytest.mark.parametrize(
    ("accuracies", "why_not"),
    [
        ({"without_labels": 0.75}, "with the weak labels shuffled"),
        ({"random_student": 0.75}, "with a randomly initialised student"),
        ({"honest": 0.5}, "no better than the weak teacher"),
    ],
    ids=str,
)
def test_a_score_that_does_not_come_from_weak_to_strong_is_not_ranked(hub, opened, testbeds, accuracies, why_not):
    deliver_all(hub, opened["uid"], testbeds, **accuracies)
    (reproduction,) = hub.scores()["reproductions"]
    assert reproduction["ranked"] is False
    assert why_not in reproduction["why_not"]


def test_nothing_is_called_reproduced_before_the_last_run(hub, opened, testbeds):
    for run in runs(hub, opened["uid"])[:-1]:
        truth = testbeds.moved if run["task"] == "task-1" else testbeds.toy
        deliver(hub, opened["uid"], run["run"], truth.sealed_predictions(0.75))
    (reproduction,) = hub.scores()["reproductions"]
    assert (reproduction["state"], reproduction["delivered"]) == ("running", 14)
    assert (reproduction["reproduced"], reproduction["ranked"], reproduction["why_not"]) == (None, None, None)


def test_a_run_is_delivered_once_and_the_same_again_changes_nothing(hub, opened, testbeds):
    run = runs(hub, opened["uid"])[0]
    truth = testbeds.moved if run["task"] == "task-1" else testbeds.toy
    for _ in range(2):
        assert deliver(hub, opened["uid"], run["run"], truth.sealed_predictions(0.75)).status_code == 204
    other = deliver(hub, opened["uid"], run["run"], truth.sealed_predictions(0.9))
    late_error = deliver(hub, opened["uid"], run["run"], error="too late")
    assert [(answer.status_code, answer.json()["reason"]) for answer in (other, late_error)] == [
        (409, "AlreadySubmitted")
    ] * 2
    assert hub.scores()["reproductions"][0]["delivered"] == 1


def test_a_run_that_failed_says_why_and_counts_as_failed(hub, opened):
    for run in runs(hub, opened["uid"]):
        for _ in range(2):
            assert deliver(hub, opened["uid"], run["run"], error="exit status 1\0").status_code == 204
    (reproduction,) = hub.scores()["reproductions"]
    assert (reproduction["state"], reproduction["ranked"]) == ("done", False)
    assert reproduction["why_not"] == "3 of 3 runs on the sealed rows failed"
    assert [one["failed"] for one in reproduction["conditions"]] == [3] * 5
    assert all(one["accuracy"] is None and one["pgr"] is None for one in reproduction["conditions"])


def test_ending_a_reproduction_fails_what_is_missing_once_and_for_all(hub, opened, testbeds):
    first, second, *_ = runs(hub, opened["uid"])
    predictions = (testbeds.moved if first["task"] == "task-1" else testbeds.toy).sealed_predictions(0.75)
    deliver(hub, opened["uid"], first["run"], predictions)
    for reason in ("3 clean sandboxes ended", "again"):
        answer = hub.ask("POST", f"/v1/reproductions/{opened['uid']}/end", json={"reason": reason})
        assert answer.status_code == 204
    (reproduction,) = hub.scores()["reproductions"]
    assert (reproduction["state"], reproduction["ranked"], reproduction["delivered"]) == ("failed", False, 15)
    assert "3 clean sandboxes ended" in reproduction["why_not"]
    assert sum(one["failed"] for one in reproduction["conditions"]) == 14
    late = deliver(hub, opened["uid"], second["run"], error="late")
    assert (late.status_code, late.json()["reason"]) == (409, "ReproductionOver")
    assert deliver(hub, opened["uid"], first["run"], predictions).status_code == 204
    assert [one["uid"] for one in hub.nominate()] == [opened["uid"]]


def test_ending_a_reproduction_that_is_done_changes_nothing(hub, opened, testbeds):
    deliver_all(hub, opened["uid"], testbeds)
    done = hub.scores()
    hub.ask("POST", f"/v1/reproductions/{opened['uid']}/end", json={"reason": "late"})
    assert hub.scores() == done


def test_a_delivery_that_says_nonsense_is_refused_by_name(hub, opened):
    run = runs(hub, opened["uid"])[0]["run"]
    short = deliver(hub, opened["uid"], run, [0.5])
    assert short.json()["error"].startswith("predictions: a list of 1 is not allowed (120,")
    both = deliver(hub, opened["uid"], run, [0.5] * 120, error="and an error")
    neither = deliver(hub, opened["uid"], run)
    assert both.json()["error"] == neither.json()["error"] == "predictions: exactly one of predictions and error is needed"
    unknown = deliver(hub, opened["uid"], "r-0", error="x")
    elsewhere = deliver(hub, "rep-0", run, error="x")
    assert [answer.status_code for answer in (short, both, neither, unknown, elsewhere)] == [422, 422, 422, 404, 404]
    assert hub.scores()["reproductions"][0]["delivered"] == 0


def test_a_reproduction_goes_on_after_a_restart(hub, opened, start, testbeds):
    before = archive(hub, opened["uid"])
    again = start()
    assert archive(again, opened["uid"]) == before
    deliver_all(again, opened["uid"], testbeds)
    assert hub.scores()["reproductions"][0]["ranked"] is True


def test_a_reproduction_shows_its_experiments_and_pooled_scores(hub, opened):
    hub.run(0.7, 0.6, BOB, "a", seeds=2)
    (reproduction,) = hub.scores()["reproductions"]
    assert reproduction["experiments"] == [one["experiment"] for one in hub.scores()["experiments"]]
    assert round(reproduction["rank"]["value"], 6) == 0.25
    assert hub.scores()["fleet_uid"] == FLEET
