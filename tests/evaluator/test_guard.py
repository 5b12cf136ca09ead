"""Who may call, how much they may send, and what errors and metrics look like."""

import pytest
from researchfleet_core.wire.base import Refusal
from researchfleet_evaluator.guard import MAX_BODY_BYTES, OPEN
from researchfleet_evaluator.refusals import RefusalReason

from tests.evaluator.conftest import ADA, FLEET, TOKEN, on_sqlite_only

ROUTES = [
    ("PUT", f"/v1/fleets/{FLEET}"),
    ("POST", "/v1/experiments"),
    ("POST", "/v1/experiments/e-1/predictions"),
    ("GET", f"/v1/fleets/{FLEET}/agents/ada-uid/experiments"),
    ("GET", f"/v1/fleets/{FLEET}/scores"),
    ("GET", f"/v1/fleets/{FLEET}/inputs"),
    ("POST", f"/v1/fleets/{FLEET}/reproductions"),
    ("GET", "/v1/reproductions/rep-1/inputs"),
    ("POST", "/v1/reproductions/rep-1/predictions"),
    ("POST", "/v1/reproductions/rep-1/end"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
]

pytestmark = on_sqlite_only


def test_every_route_is_in_the_list_of_routes_that_need_the_token(empty):
    names = {"{fleet_uid}": FLEET, "{agent_uid}": "ada-uid", "{experiment}": "e-1", "{reproduction}": "rep-1"}
    there = []
    for template, methods in empty.client.app.openapi()["paths"].items():
        path = template
        for name, value in names.items():
            path = path.replace(name, value)
        there += [(method.upper(), path) for method in methods if path not in OPEN]
    assert sorted(there) == sorted(ROUTES[:-2])


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_answers_without_the_hubs_token(empty, method, path):
    for authorization in ("", TOKEN, "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}"):
        answer = empty.ask(method, path, headers={"authorization": authorization})
        assert (answer.status_code, answer.json()["reason"]) == (401, "Unauthenticated")
        assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_health_and_metrics_need_no_token(hub, path):
    assert hub.ask("GET", path, headers={"authorization": ""}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "NotFound"),
        ("GET", f"/v1/fleets/{FLEET}/scores/", 404, "NotFound"),
        ("DELETE", f"/v1/fleets/{FLEET}", 405, "MethodNotAllowed"),
        ("GET", "/v1/fleets/%00/scores", 404, "UnknownFleet"),
        ("GET", f"/v1/fleets/{'x' * 65}/scores", 404, "UnknownFleet"),
        ("GET", "/v1/reproductions/rep-0/inputs", 404, "UnknownReproduction"),
        ("POST", "/v1/experiments", 422, "Invalid"),
    ],
)
def test_every_error_has_the_body_of_a_refusal(hub, method, path, status, reason):
    answer = hub.ask(method, path)
    assert answer.status_code == status
    assert Refusal.model_validate_json(answer.content).reason == reason


def test_a_body_that_is_too_large_is_refused_by_its_stated_length(hub):
    answer = hub.ask("POST", "/v1/experiments", content=b" ", headers={"content-length": str(MAX_BODY_BYTES + 1)})
    assert (answer.status_code, answer.json()["reason"]) == (413, "TooLarge")


def test_a_body_that_states_no_length_is_cut_off_at_the_same_size(hub):
    def chunks():
        for _ in range(MAX_BODY_BYTES // (1 << 20) + 1):
            yield b" " * (1 << 20)

    answer = hub.ask("POST", "/v1/experiments", content=chunks())
    assert (answer.status_code, answer.json()["reason"]) == (413, "TooLarge")


def test_an_error_nobody_foresaw_tells_nothing(hub, monkeypatch):
    def broken(_):
        raise KeyError("the labels are 0110")

    monkeypatch.setattr(hub.evaluator.store, "read", broken)
    answer = hub.ask("GET", f"/v1/fleets/{FLEET}/scores")
    assert answer.status_code == 500
    assert answer.json() == {"error": "the evaluator failed; its log says why", "reason": "Internal", "field": None}


async def test_a_caller_that_hangs_up_in_the_middle_of_its_body_is_no_error(hub, caplog):
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive():
        return next(messages)

    async def send(_):
        pass

    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/experiments", "headers": headers, "query_string": b""}
    await hub.client.app(scope, receive, send)
    assert caplog.records == []


def metrics(hub):
    return {
        name: float(value)
        for name, _, value in (
            line.rpartition(" ") for line in hub.ask("GET", "/metrics").text.splitlines() if line[0] != "#"
        )
    }


def test_metrics_count_registrations_submissions_and_refusals_and_know_no_score(hub):
    registered = hub.register(seeds=1)
    seed, predictions = registered["seeds"][0]["seed"], hub.truth.predictions(0.71, 0.83)
    for _ in range(2):
        hub.submit(registered["experiment"], seed, predictions)
    hub.ask_submit(registered["experiment"], seed, [0.5])
    hub.ask_submit("e-0", seed, [0.5])
    hub.scores()
    counted = metrics(hub)
    assert counted["researchfleet_evaluator_registrations_total"] == 1
    assert counted['researchfleet_evaluator_submissions_total{kind="experiment"}'] == 1
    assert counted['researchfleet_evaluator_refusals_total{reason="Invalid"}'] == 1
    assert counted['researchfleet_evaluator_refusals_total{reason="UnknownExperiment"}'] == 1
    assert counted["researchfleet_evaluator_scoring_seconds_count"] == 2
    assert not any(word in name for name in counted for word in ("pgr", "accuracy", "rank", "dev", ADA, FLEET))


def test_every_reason_is_a_label_from_the_start_and_there_is_no_other(hub):
    labels = {name.split('"')[1] for name in metrics(hub) if name.startswith("researchfleet_evaluator_refusals_total")}
    assert labels == set(RefusalReason)
