from tests.hub.conftest import World, report


def test_all(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    d = ada.upload()
    x = ada.finish(d)
    f = ada.share(snapshot=d, experiment=x, family="ensemble")
    assert f.status_code == 200, f.text
    assert f.json()["verified"]
    r = any_world.sync(report("ada"))
    print(r.model_dump_json(indent=1))
    assert ada.post("/v1/heartbeat", {"activity": "x"}).json() == {"directive": "continue"}
    print(any_world.as_runtime().get("/internal/v1/fleets/fleet-1/ledger").json())
    print(any_world.as_runtime().get("/metrics").text)
    assert ada.get("/v1/findings?since=0").json()["cursor"] == 1
    assert ada.get("/v1/inputs").status_code == 200
