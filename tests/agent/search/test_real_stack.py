"""An agent with the real hub and evaluator: killed, restarted, wrapped up; its finalist reproduced."""

import os
import signal
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.agent.processes import free_port
from tests.agent.real_stack import FLEET, real_stack, sandbox, wait_until
from tests.agent.toy_students import write_toy_students
from tests.evaluator.synthetic import write_testbed


@pytest.mark.slow
def test_a_killed_agent_goes_on_and_its_finalist_is_reproduced(tmp_path):
    write_testbed(tmp_path / "testbeds", "toy", ["toy"])
    write_toy_students(["toy", "toy-random"], tmp_path / "testbeds/toy", tmp_path / "students", tmp_path / "features")
    environ = {"RESEARCHFLEET_STUDENTS": str(tmp_path / "students"), "RESEARCHFLEET_FEATURES": str(tmp_path / "features")}
    own = {
        "RESEARCHFLEET_AGENT": "a-0",
        "RESEARCHFLEET_STUDENT": "toy",
        "RESEARCHFLEET_DIRECTION": "a simple frozen baseline",
    }
    with real_stack(tmp_path / "testbeds") as stack:
        stack.set_up("toy", ["toy"], feedback="exact")
        experiments = lambda: stack.sync(**{"a-0": {}})["experiments"]  # noqa: E731
        experiments()
        token = stack.token("a-0")
        for killed_at in (1, 3):
            own["RESEARCHFLEET_RELAY"] = f"127.0.0.1:{free_port()}"
            with sandbox("agent", token, stack, tmp_path / "a-0", **environ | own) as process:
                wait_until(lambda at=killed_at: experiments() >= at)
                os.killpg(process.pid, signal.SIGKILL)
        own["RESEARCHFLEET_RELAY"] = f"127.0.0.1:{free_port()}"
        with sandbox("agent", token, stack, tmp_path / "a-0", **environ | own) as process:
            wait_until(lambda: experiments() >= 5)
            stack.sync("wrap up", **{"a-0": {}})
            assert process.wait(60) == 0
        scores = stack.get("scores")["experiments"]
        assert len(scores) >= 5
        assert all(one["delivered"] == 3 and one["finished"] for one in scores)
        assert len({one["title"] for one in scores}) == len(scores)
        findings = stack.get("findings?limit=200")["findings"]
        told = Counter(one["experiment"] for one in findings if one["type"] in {"result", "observation"})
        assert told == {one["experiment"]: 1 for one in scores}
        assert all(one["verified"] for one in findings if one["type"] in {"result", "observation"})
        reproduce(stack, tmp_path, environ)


def reproduce(stack, tmp_path, environ) -> None:
    ended = {"ended": datetime.now(UTC).isoformat(), "reason": "Completed"}
    stack.sync(nominate=True, **{"a-0": ended})
    wait_until(lambda: stack.sync()["reproductions"])
    [chosen] = stack.sync()["reproductions"]
    attempt = {"uid": "rep-1", "kind": "reproduction", "agent": "a-0", "agent_uid": chosen["uid"], "number": 1}
    attempt["started"] = datetime.now(UTC).isoformat()
    stack.internal.post(f"/internal/v1/fleets/{FLEET}/sync", json={"attempts": [attempt]}).raise_for_status()
    principal = {"role": "reproduction", "fleet_uid": FLEET, "reproduction": chosen["uid"], "attempt_uid": "rep-1"}
    token = stack.internal.post("/internal/v1/tokens", json={"principal": principal}).raise_for_status().json()["token"]
    with sandbox("reproduce", token, stack, tmp_path / "rep", **environ) as process:
        assert process.wait(120) == 0, (tmp_path / "rep" / "output.log").read_text()
    [done] = stack.get("scores")["reproductions"]
    assert (done["state"], done["delivered"]) == ("done", chosen["runs"])
    assert [one["failed"] for one in done["conditions"]] == [0] * len(done["conditions"])
