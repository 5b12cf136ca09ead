"""Whatever a body holds, the answer is a success or a refusal, never a failure."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from researchfleet_core.wire.base import Refusal

from tests.evaluator.conftest import FLEET, owner, plan, registration

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**400]),
    st.floats(),
    st.text(),
    st.sampled_from(["\0", "\ud800", "x" * 5000, "sha256:" + "0" * 64, "toy", "moved", "../toy", "e-1", "%00"]),
    st.lists(st.one_of(st.floats(), st.text(), st.none()), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def places(value, here=()):
    """Every place in a body."""
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items)[:5]:
        yield from places(inner, (*here, key))


@st.composite
def broken(draw, body):
    """The body with one to three places changed, removed or added to; or no JSON at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    body = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(places(body))))
        if not place:
            if draw(st.integers(0, 9)) == 0:
                body = draw(STRANGE)
            continue
        inside = body
        for step in place[:-1]:
            inside = inside[step]
        if draw(st.booleans()) or isinstance(inside, list):
            inside[place[-1]] = draw(STRANGE)
        else:
            del inside[place[-1]]
            inside[draw(st.text(max_size=8))] = draw(STRANGE)
    return json.dumps(body).encode()


@pytest.fixture
def asked(hub):
    """Paths with a good body, for an experiment and a reproduction that exist."""
    hub.plan(finalists=1)
    hub.run(0.7, 0.7)
    experiment = hub.register(snapshot="b", seeds=16)
    reproduction = hub.nominate()[0]["uid"]
    run = json.loads(hub.archive(f"/v1/reproductions/{reproduction}/inputs")["plan.json"])["runs"][0]["run"]
    submission = {
        "owner": owner(),
        "experiment": experiment["experiment"],
        "seed": experiment["seeds"][0]["seed"],
        "predictions": [0, 1, 0.5],
    }
    return {
        "plan": ("PUT", f"/v1/fleets/{FLEET}", plan()),
        "registration": ("POST", "/v1/experiments", registration()),
        "submission": ("POST", f"/v1/experiments/{experiment['experiment']}/predictions", submission),
        "delivery": (
            "POST",
            f"/v1/reproductions/{reproduction}/predictions",
            {"run": run, "predictions": [0, 1, 0.5], "error": None, "seconds": 1.0},
        ),
        "end": ("POST", "/v1/reproductions/rep-0/end", {"reason": "x"}),
    }


@pytest.mark.parametrize("kind", ["plan", "registration", "submission", "delivery", "end"])
def test_any_body_is_answered_or_refused_and_never_breaks_the_evaluator(hub, asked, kind):
    method, path, body = asked[kind]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(broken(body))
    def check(content):
        answer = hub.ask(method, path, content=content)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            refusal = Refusal.model_validate_json(answer.content)
            assert refusal.error
            assert len(answer.content) < 2000

    check()
