"""Submitting predictions: strict, idempotent, answered once."""


def test_feedback_comes_with_the_last_seed_and_only_then(hub):
    registered = hub.register(seeds=2)
    first, second = registered["seeds"]
    predictions = hub.truth.predictions(0.75, 0.7)
    assert hub.submit(registered["experiment"], first["seed"], predictions)["feedback"] is None
    answer = hub.submit(registered["experiment"], second["seed"], predictions)
    assert answer["remaining"] == 0
    assert answer["feedback"] == {"mode": "ladder", "improved": True, "accuracy": 0.76, "pgr": 0.8}
