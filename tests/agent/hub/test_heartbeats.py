"""Heartbeats and the directives they bring."""

import threading

import pytest
from researchfleet_agent.hub import Heartbeats, HubLostError
from researchfleet_core.wire.sync import Directive


class TalkingHub:
    """Gives scripted directives, the last one for ever; `enough` is set when all were given."""

    def __init__(self, *directives: Directive | Exception) -> None:
        self.directives = list(directives)
        self.activities: list[str] = []
        self.enough = threading.Event()

    def heartbeat(self, activity: str) -> Directive:
        self.activities.append(activity)
        if len(self.directives) == 1:
            self.enough.set()
            said = self.directives[0]
        else:
            said = self.directives.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


@pytest.mark.parametrize(("last", "wraps"), [(Directive.CONTINUE, False), (Directive.WRAP_UP, True), (Directive.STOP, True)])
def test_the_last_directive_counts(last, wraps):
    hub = TalkingHub(Directive.CONTINUE, last)
    heard = threading.Event()
    with Heartbeats(hub, heard.set, period=0.001) as heartbeats:
        assert hub.enough.wait(5)
        while heartbeats.directive is not last:
            pass
        assert heartbeats.wrapping_up is wraps
    assert heard.is_set() is (last is Directive.STOP)


def test_a_hub_that_is_away_for_a_while_does_not_end_the_heartbeats():
    hub = TalkingHub(HubLostError("away"), HubLostError("away"), Directive.WRAP_UP)
    with Heartbeats(hub, lambda: None, period=0.001) as heartbeats:
        assert hub.enough.wait(5)
        assert heartbeats.directive in {Directive.CONTINUE, Directive.WRAP_UP}


def test_stop_is_called_once_however_often_it_is_heard():
    hub = TalkingHub(Directive.STOP, Directive.STOP, Directive.STOP)
    calls = []
    with Heartbeats(hub, lambda: calls.append(1), period=0.001):
        assert hub.enough.wait(5)
    assert calls == [1]


def test_the_activity_of_the_moment_is_told():
    hub = TalkingHub(Directive.CONTINUE)
    with Heartbeats(hub, lambda: None, period=0.001) as heartbeats:
        assert hub.enough.wait(5)
        heartbeats.activity = "training"
        while hub.activities[-1] != "training":
            pass
    assert hub.activities[0] == "starting"
