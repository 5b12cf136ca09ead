"""What the runtime remembers, and what it makes of it after a kill."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from researchfleet.local.processes import Identity
from researchfleet.local.state import AgentRecord, AttemptRecord, Book
from researchfleet_core.reasons import EndReason
from researchfleet_core.wire.sync import AttemptKind, Directive

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def later(seconds):
    return NOON + timedelta(seconds=seconds)


def agent(uid="u0", name="f-0"):
    return AgentRecord(name=name, uid=uid, ordinal=0, direction="try", seed=7, created=NOON)


def attempt(number=1, **facts):
    return AttemptRecord(
        uid=f"u0-{number}",
        kind=AttemptKind.AGENT,
        owner="f-0",
        agent="f-0",
        agent_uid="u0",
        number=number,
        direction="try",
        created=NOON,
        **facts,
    )


def world(book):
    return book.world(None, None, 2, None)


def test_what_was_written_is_there_in_the_next_runtime(tmp_path):
    book = Book(tmp_path / "runtime.db")
    uid = book.open_fleet("f", NOON).uid
    book.agents.put("u0", agent())
    book.attempts.put("u0-1", attempt())
    book.change_attempt("u0-1", started=later(1), told=Directive.WRAP_UP, told_at=later(2))
    book.change_fleet(nominated=later(3))
    before = world(book)
    # Not closed, as after a kill.
    again = Book(tmp_path / "runtime.db")
    assert again.open_fleet("f", later(9)).uid == uid
    assert again.fleet.started == NOON
    assert world(again) == before
    assert before.agents[0].attempts[0].told is Directive.WRAP_UP


def test_after_a_kill_an_attempt_ended_when_it_was_last_seen_alive(tmp_path):
    book = Book(tmp_path / "runtime.db")
    book.open_fleet("f", NOON)
    book.attempts.put("u0-1", attempt(1, started=later(1), ended=later(2), reason=EndReason.CRASHED))
    book.attempts.put("u0-2", attempt(2, started=later(3)))
    book.alive(later(50))
    again = Book(tmp_path / "runtime.db")
    again.settle(later(4000))
    first, second = again.attempts.all()
    assert (first.ended, first.reason) == (later(2), EndReason.CRASHED)
    assert (second.ended, second.reason, second.reported) == (later(50), EndReason.RUNTIME_LOST, False)
    again.settle(later(5000))
    assert again.attempts["u0-2"].ended == later(50)


def test_an_attempt_that_started_after_the_last_sight_of_it_lasted_no_time(tmp_path):
    book = Book(tmp_path / "runtime.db")
    book.open_fleet("f", NOON)
    book.alive(later(1))
    book.attempts.put("u0-1", attempt(1, started=later(2)))
    book.settle(later(4000))
    assert book.attempts["u0-1"].ended == later(2)


def test_an_attempt_that_was_written_down_but_never_started_is_none_to_the_hub(tmp_path):
    book = Book(tmp_path / "runtime.db")
    book.open_fleet("f", NOON)
    book.attempts.put("u0-1", attempt())
    book.settle(later(9))
    assert book.attempts["u0-1"].reported
    assert book.attempts["u0-1"].report() is None


def test_what_an_earlier_runtime_left_running_is_ended_first(tmp_path):
    book = Book(tmp_path / "runtime.db")
    book.open_fleet("f", NOON)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)
    book.remember("hub", Identity.of(process.pid))
    book.remember("evaluator", Identity(os.getpid(), 1, "another boot"))
    Book(tmp_path / "runtime.db").settle(later(9))
    assert process.wait() < 0
    assert Book(tmp_path / "runtime.db").processes == {}


def test_a_deleted_agent_is_gone_and_its_name_free(tmp_path):
    book = Book(tmp_path / "runtime.db")
    book.open_fleet("f", NOON)
    book.agents.put("u0", agent())
    book.change_agent("u0", deleting=True, deleted=True)
    book.agents.put("u1", agent("u1"))
    assert [one.uid for one in world(book).agents] == ["u1"]
    assert book.agent("f-0").uid == "u1"
