"""A double of the agents' code that does what an agent does to a real hub, and notes what the hub has accepted.

Every write has a key, so after a kill it sends the one again that it does not know to be accepted.
"""

import http.client
import json
import os
import pathlib
import random
import socket
import sys
import threading
import time

TOKEN = os.read(int(os.environ["RESEARCHFLEET_TOKEN_FD"]), 1000).decode()
SOCKET = os.environ["RESEARCHFLEET_UPSTREAM"].removeprefix("unix:")
WORKSPACE = pathlib.Path(os.environ["RESEARCHFLEET_WORKSPACE"])
JOURNAL = WORKSPACE / "accepted.jsonl"
MANIFEST = {"title": "made up", "family": "other", "entry": "run.py"}


class Wire(http.client.HTTPConnection):
    """HTTP over the hub's socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(SOCKET)


def once(method, path, body, key):
    """One try: the status, and the answer."""
    wire = Wire("hub")
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        wire.request(method, path, json.dumps(body), headers | ({"Idempotency-Key": key} if key else {}))
        answer = wire.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
    finally:
        wire.close()


def send(method, path, body, key=None):
    """Until the hub has accepted it."""
    while True:
        try:
            status, answer = once(method, path, body, key)
        except (OSError, http.client.HTTPException, ValueError):
            status, answer = 0, None
        if status == 401:
            sys.exit(4)  # our attempt is over; nobody will take anything from us
        if 200 <= status < 300:
            return answer
        if 400 <= status < 500:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        time.sleep(0.05)


def live():
    """Note when this process lives."""
    notes = WORKSPACE / f"alive-{time.time():.6f}"
    part = WORKSPACE / ".alive"
    while True:
        part.write_text(str(time.time()))
        part.replace(notes)
        time.sleep(0.05)


def accepted(kind, name):
    """Note that the hub has accepted it."""
    with JOURNAL.open("a") as file:
        file.write(json.dumps([kind, name]) + "\n")
        file.flush()
        os.fsync(file.fileno())


def main():
    """Experiment after experiment, until told to wrap up."""
    if not TOKEN:
        return 78
    threading.Thread(target=live, daemon=True).start()
    agent = os.environ["RESEARCHFLEET_AGENT"]
    done = [json.loads(line) for line in JOURNAL.read_text().splitlines()] if JOURNAL.exists() else []
    number = sum(kind == "finding" for kind, _ in done)
    while True:
        name = f"{agent} {number}"
        files = {"manifest.json": json.dumps(MANIFEST), "run.py": f"# {name}\n"}
        snapshot = send("POST", "/v1/snapshots", {"files": files}, f"{agent}-snapshot-{number}")["digest"]
        experiment = {"title": name, "hypothesis": "none", "family": "other", "snapshot": snapshot, "seeds": 3}
        registered = send("POST", "/v1/experiments", experiment, f"{agent}-register-{number}")
        for task in registered["seeds"]:
            said = random.Random(task["seed"])  # noqa: S311
            values = [float(said.random() < 0.6) for _ in range(registered["rows"])]
            path = f"/v1/experiments/{registered['experiment']}/predictions"
            send("POST", path, {"seed": task["seed"], "predictions": values}, f"{agent}-submit-{number}-{task['seed']}")
            accepted("seed", f"{name} {task['seed']}")
        finding = {"type": "result", "title": name, "content": "made up", "experiment": registered["experiment"]}
        send("POST", "/v1/findings", finding, f"{agent}-finding-{number}")
        accepted("finding", name)
        number += 1
        if send("POST", "/v1/heartbeat", {"activity": name})["directive"] != "continue":
            return 0


if __name__ == "__main__":
    sys.exit(main())
