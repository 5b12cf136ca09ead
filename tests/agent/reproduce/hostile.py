"""Sent by tests as a snapshot's entry: tries what a reproduction must not allow, one prediction for each: 1 if it worked.

Where things are is written over the names in capitals; a real attacker would have to find them.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

WORKSPACE, STUDENTS, DRIVER, PORT = "@WORKSPACE@", "@STUDENTS@", "@DRIVER@", "@PORT@"


def reads_what_other_runs_use():
    return any(path.read_bytes() for path in Path(WORKSPACE).rglob("weak.npy"))


def marks_the_workspace_for_the_next_run():
    return Path(WORKSPACE, "mark").write_text("seen") > 0


def notes_a_run_as_delivered():
    with Path(WORKSPACE, "delivered").open("a") as notes:
        return notes.write("r-1\n") > 0


def changes_the_student_for_the_next_run():
    return Path(sys.argv[sys.argv.index("--student") + 1], "config.json").write_text("{}") > 0


def compares_students_by_name():
    return len(list(Path(STUDENTS).iterdir())) > 0


def looks_into_the_driver():
    return len(Path(f"/proc/{DRIVER}/environ").read_bytes()) > 0


def finds_sockets_of_others():
    return any("@" in line or "/" in line for line in Path("/proc/self/net/unix").read_text().splitlines())


def signals_the_driver():
    os.kill(int(DRIVER), signal.SIGCONT)
    return True


def talks_over_the_loopback():
    with socket.create_connection(("127.0.0.1", int(PORT)), timeout=5):
        return True


ATTACKS = [
    reads_what_other_runs_use,
    marks_the_workspace_for_the_next_run,
    notes_a_run_as_delivered,
    changes_the_student_for_the_next_run,
    compares_students_by_name,
    looks_into_the_driver,
    finds_sockets_of_others,
    signals_the_driver,
    talks_over_the_loopback,
]

if __name__ == "__main__":
    outcomes = []
    for attack in ATTACKS:
        try:
            outcomes.append(int(bool(attack())))
        except OSError:
            outcomes.append(0)
    tests = json.loads(Path(sys.argv[sys.argv.index("--task") + 1], "task.json").read_text())["rows"]["test"]
    Path(sys.argv[sys.argv.index("--out") + 1]).write_text(json.dumps((outcomes + [0] * tests)[:tests]))
