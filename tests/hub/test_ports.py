"""Both ports as a whole: their descriptions, their metrics, and that no request makes them fail."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.hub.conftest import FLEET, World, report
from tests.hub.evaluator_double import EvaluatorDouble

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def documents(world: World) -> dict[str, dict[str, Any]]:
    """The OpenAPI documents, which anybody who reaches the port may read."""
    ports = {"agents": world.agents_port, "internal": world.internal_port}
    return {name: port.get("/openapi.json").json() for name, port in ports.items()}


def test_every_route_is_described_with_body_answer_and_refusals(world: World) -> None:
    for document in documents(world).values():
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                assert operation["summary"], path
                assert {"401", "403", "4XX"} <= set(operation["responses"])
                assert ("requestBody" in operation) == (method in {"post", "put"}), (method, path)


def test_every_reference_of_the_descriptions_leads_somewhere(world: World) -> None:
    for document in documents(world).values():
        known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
        assert references(document) <= known
        assert len(known) > 15
        for schema in document["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)


def references(value: Any) -> set[str]:
    """All `$ref`s below a value."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON, number=st.integers(), words=st.text(max_size=20), name=st.text(min_size=1, max_size=20))
def test_no_request_makes_a_port_fail(world: World, body: Any, number: int, words: str, name: str) -> None:
    """Whatever is sent, the answer is a result or a refusal that says why."""
    ada, runtime = world.as_agent("ada"), world.as_runtime()
    digest = f"sha256:{'0' * 64}"
    writes = ["/v1/heartbeat", "/v1/experiments", "/v1/findings", "/v1/snapshots", f"/v1/experiments/{FLEET}/predictions"]
    reads = ["/v1/findings", "/v1/findings/search", "/v1/snapshots", f"/v1/findings/{number}", f"/v1/snapshots/{digest}"]
    parameters = {"since": number, "limit": number, "q": words, "author": name, "type": words, "family": words}
    answers = [ada.post(path, body) for path in writes]
    answers += [ada.get(path, params=parameters) for path in reads]
    answers.append(ada.put(f"/v1/findings/{number}/vote", body))
    answers += [runtime.post(f"/internal/v1/fleets/{FLEET}/sync", body), runtime.post("/internal/v1/tokens", body)]
    answers.append(runtime.put(f"/internal/v1/fleets/{FLEET}", body))
    for answer in answers:
        assert answer.status_code < 500, answer.text
        assert answer.status_code < 400 or {"error", "reason"} <= set(answer.json())


def test_unknown_routes_and_methods_are_refused_in_words(world: World) -> None:
    ada = world.as_agent("ada")
    unknown, wrong = ada.get("/v1/labels"), ada.ask("DELETE", "/v1/findings")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "NotFound")
    assert (wrong.status_code, wrong.json()["reason"]) == (405, "MethodNotAllowed")


def test_a_fault_is_told_without_its_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(type(world.hub.reading), "page", crash)
    answer = world.as_agent("ada").get("/v1/findings")
    assert (answer.status_code, answer.json()["reason"]) == (500, "InternalError")
    assert "secret" not in answer.text


def metric(world: World, name: str) -> float:
    """One value out of a scrape, 0 when it is not there."""
    lines = world.internal_port.get("/metrics").text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_requests_are_counted_by_route_and_status(world: World) -> None:
    ada = world.as_agent("ada")
    series = 'researchfleet_hub_requests_total{port="agent",route="/v1/findings/{number}",status="404"}'
    before = metric(world, series)
    for number in (5, 6, 7):
        ada.get(f"/v1/findings/{number}")
    assert metric(world, series) == before + 3


def test_a_scan_makes_no_new_series(world: World) -> None:
    ada = world.as_agent("ada")
    for number in range(5):
        ada.get(f"/v1/nothing-{number}")
    scrape = world.internal_port.get("/metrics").text
    assert "nothing-" not in scrape
    assert 'route="none",status="404"' in scrape


def test_spend_findings_snapshots_and_leases_are_shown_and_no_score_or_name(world: World, double: EvaluatorDouble) -> None:
    ada = world.as_agent("ada")
    ada.share(snapshot=ada.upload())
    world.sync(report("ada", gpus=1))
    assert metric(world, "researchfleet_hub_findings") == 1
    assert metric(world, "researchfleet_hub_snapshots") == 1
    assert metric(world, "researchfleet_hub_agents") == 1
    assert metric(world, 'researchfleet_hub_leases{kind="agent"}') == 1
    assert metric(world, 'researchfleet_hub_spend_usd{kind="compute"}') == pytest.approx(11 * 30 / 1000)
    assert metric(world, 'researchfleet_hub_hours{resource="gpu"}') == pytest.approx(30 / 3600)
    scrape = world.internal_port.get("/metrics").text
    assert "pgr" not in scrape
    assert "ada" not in scrape


def test_probes_and_scrapes_need_no_token_and_exist_inside_only(world: World) -> None:
    assert world.internal_port.get("/healthz").json() == {"status": "ok"}
    assert [world.agents_port.get(path).status_code for path in ("/healthz", "/metrics")] == [401, 401]
