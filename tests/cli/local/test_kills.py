"""kill -9 of any process at any moment: nothing that was accepted is lost or doubled, and the ledger adds up."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from researchfleet.local.processes import Identity

from tests.evaluator.synthetic import write_testbed

RUN = Path(__file__).with_name("real_run.py")
# A kill of the runtime costs most time, since all begins anew.
KILLS = {"runtime": 2, "all": 2, "hub": 5, "evaluator": 5, "agent": 6}
SEED = 20261121


class RealRun:
    """A run with real evaluator, hub and sandboxes; agents are submitting_agent.py."""

    def __init__(self, place, python):
        self.place = place
        self.folder = place / "runs" / "f"
        self.runtime = None
        self.killed = []
        write_testbed(place / "testbeds", "made-up", ["minilm"])
        students = place / "students"
        students.mkdir()
        home = {"checkout": place / "checkout", "testbeds": place / "testbeds", "students": students}
        home |= {"features": place / "features", "python": python}
        (place / "home.json").write_text(json.dumps({name: str(path) for name, path in home.items()}))
        spec = {
            "problem": {"testbed": {"bundled": "made-up"}, "student": {"bundled": "minilm"}},
            "agents": {"researcher": "search", "replicas": 2},
            "failurePolicy": {"backoff": "0s", "maxRestarts": 1000},
            "budget": {"prices": {"podHour": "3.6"}},
        }
        fleet = {"metadata": {"name": "f"}, "spec": spec}
        (place / "fleet.json").write_text(json.dumps(fleet))

    def start(self):
        """Run, or resume."""
        with (self.place / "runtime.log").open("ab") as log:
            self.runtime = subprocess.Popen([sys.executable, str(RUN), str(self.place)], stdout=subprocess.PIPE, stderr=log)

    def processes(self):
        """What the runtime has started and not yet seen to end, by name."""
        try:
            with sqlite3.connect(f"file:{self.folder / 'runtime.db'}?mode=ro", uri=True) as book:
                rows = book.execute("SELECT key, value FROM records WHERE kind = 'Started'").fetchall()
        except sqlite3.OperationalError:
            return {}
        return {name: Identity(**json.loads(value)) for name, value in rows}

    def accepted(self):
        """What agents know to be accepted: (kind, name)."""
        found = []
        for journal in self.folder.glob("agents/*/accepted.jsonl"):
            found += [tuple(json.loads(line)) for line in journal.read_text().splitlines()]
        return found

    def kill(self, target):
        """Kill -9 one of: the runtime, the hub, the evaluator, an agent, all of them."""
        running = self.processes()
        agents = sorted(name for name in running if name not in {"hub", "evaluator"})
        if target in {"runtime", "all"}:
            self.runtime.kill()
            if target == "all":
                self._end(running.values())
            self.runtime.wait()
            wait_for(lambda: not any(process.alive for process in running.values()))
            self.start()
            return True
        name = target if target != "agent" else agents[0] if agents else None
        if name not in running or not running[name].alive:
            return False
        self._end([running[name]])
        return True

    @staticmethod
    def _end(processes):
        for process in processes:
            if process.alive:
                os.kill(process.pid, signal.SIGKILL)

    def drain(self):
        """Interrupt it once; what the hub knew in the end."""
        self.runtime.send_signal(signal.SIGINT)
        said, _ = self.runtime.communicate(timeout=60)
        assert said.decode().strip() == "drained", (self.place / "runtime.log").read_text()
        return json.loads((self.place / "end.json").read_text())

    def close(self):
        """Leave nothing running."""
        if self.runtime and self.runtime.poll() is None:
            self.runtime.kill()
            self.runtime.communicate()


def wait_for(holds, seconds=30):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


@pytest.fixture
def real_run(tmp_path, environment):
    """Not started yet."""
    run = RealRun(tmp_path, environment("submitting_agent.py"))
    yield run
    run.close()


@pytest.mark.slow
def test_after_kill_9_of_any_process_at_20_moments_everything_accepted_is_there_once_and_the_ledger_adds_up(real_run):
    chance = random.Random(SEED)  # noqa: S311
    real_run.start()
    wait_for(real_run.accepted)
    for target in chance.sample(list(KILLS), counts=KILLS.values(), k=sum(KILLS.values())):
        time.sleep(chance.random() * 0.5)
        wait_for(lambda target=target: real_run.kill(target))
    before = len(real_run.accepted())
    wait_for(lambda: len(real_run.accepted()) >= before + 8)
    end = real_run.drain()

    findings = Counter(one["title"] for one in end["findings"])
    assert set(findings.values()) == {1}
    experiments = Counter(one["title"] for one in end["experiments"])
    assert set(experiments.values()) == {1}
    delivered = {f"{one['title']} {task['seed']}" for one in end["experiments"] if one["finished"] for task in one["seeds"]}
    accepted = real_run.accepted()
    assert {name for kind, name in accepted if kind == "finding"} == set(findings)
    assert {name for kind, name in accepted if kind == "seed"} <= delivered

    check_hours(real_run, end)


def check_hours(real_run, end):
    """Attempts do not overlap, last as long as their processes lived, and are paid for exactly."""
    attempts = [attempt for agent in end["status"]["agents"] for attempt in agent["state"]["attempts"] if attempt["started"]]
    spans = {one["uid"]: (stamp(one["started"]), stamp(one["ended"])) for one in attempts}
    for agent in end["status"]["agents"]:
        own = [spans[one["uid"]] for one in agent["state"]["attempts"] if one["uid"] in spans]
        assert all(one[1] <= other[0] for one, other in pairwise(own))
        lives = [
            (float(file.name.removeprefix("alive-")), float(file.read_text()))
            for file in (real_run.folder / "agents" / agent["state"]["name"]).glob("alive-*")
            if file.read_text()
        ]
        # Each life of the agent's process lies in one attempt, which is counted as ending within 2 s of it.
        for born, died in lives:
            _, ended = max(span for span in own if span[0] <= born)
            assert abs(ended - died) < 2
    booked = Counter()
    for entry in end["ledger"]:
        booked[entry["key"].partition("/")[0]] += entry["agent_seconds"]
    for one in attempts:
        began, ended = spans[one["uid"]]
        # The hub may have heard an attempt after a runtime that was killed saw it last: then it ran that long.
        assert ended - began - 1e-3 < booked[one["uid"]] < ended - began + 2
    total = end["status"]["sync"]["ledger"]["amounts"]
    assert total["agent_hours"] * 3600 == pytest.approx(sum(booked.values()), abs=1e-3)
    # 3.6 USD an hour is a nano-USD a microsecond.
    assert total["usd_nano"]["compute"] == pytest.approx(sum(booked.values()) * 1e6, abs=len(end["ledger"]))


def stamp(text):
    """Seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()
