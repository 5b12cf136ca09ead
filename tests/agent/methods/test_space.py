import numpy as np
import pytest
from researchfleet_agent.methods.space import Choice, Real, Space, Whole

SPACE = Space(
    keep=Real(0.2, 0.9, 0.5),
    penalty=Real(0.002, 2.0, 0.02, log=True),
    rounds=Whole(1, 6, 2),
    fit=Choice(("head", "top"), "head"),
)


def test_samples_fill_the_ranges():
    rng = np.random.default_rng(0)
    drawn = [SPACE.sample(rng) for _ in range(300)]
    assert all(SPACE.complete(one) == one for one in drawn)
    assert {one["rounds"] for one in drawn} == {1, 2, 3, 4, 5, 6}
    assert {one["fit"] for one in drawn} == {"head", "top"}
    # On the logarithm its middle is the geometric mean.
    assert np.mean([np.log(one["penalty"]) for one in drawn]) == pytest.approx(np.log(0.002 * 2.0) / 2, abs=0.4)
    assert np.median([one["keep"] for one in drawn]) == pytest.approx(0.55, abs=0.05)


def test_a_mutation_changes_one_or_two_hyperparameters_and_stays_in_range():
    rng = np.random.default_rng(0)
    start = SPACE.defaults()
    for _ in range(200):
        mutated = SPACE.mutate(rng, start)
        assert SPACE.complete(mutated) == mutated
        assert 0 <= sum(mutated[name] != start[name] for name in start) <= 2


def test_the_same_randomness_gives_the_same_parameters():
    assert SPACE.sample(np.random.default_rng(4)) == SPACE.sample(np.random.default_rng(4))
    one, other = (SPACE.mutate(np.random.default_rng(4), SPACE.defaults()) for _ in range(2))
    assert one == other
