"""Which snapshots are reproduced."""

import pytest
from researchfleet_evaluator.reproduction.finalists import Candidate, choose


def candidate(snapshot, agent, right, predicted=100, first=1):
    return Candidate(snapshot, agent, right, predicted, first)


@pytest.mark.parametrize(
    ("candidates", "count", "chosen"),
    [
        ([], 3, ""),
        ([("a", "ada", 70)], 3, "a"),
        ([("a", "ada", 70), ("b", "bob", 80)], 0, ""),
        ([("a", "ada", 70), ("b", "bob", 80), ("c", "cy", 75)], 2, "bc"),
        # the second-best is of the same agent as the best: one an agent while there are agents enough
        ([("a", "ada", 90), ("b", "ada", 89), ("c", "bob", 60), ("d", "cy", 65)], 2, "ad"),
        # fewer agents than finalists: the best of the rest, in order of score
        ([("a", "ada", 90), ("b", "ada", 89), ("c", "bob", 60), ("d", "ada", 50)], 3, "abc"),
        # ties: more predictions, then the earlier experiment, then the digest
        ([("a", "ada", 70, 100, 1), ("b", "bob", 140, 200, 2)], 1, "b"),
        ([("b", "ada", 70, 100, 2), ("a", "bob", 70, 100, 3)], 1, "b"),
        ([("b", "ada", 70, 100, 2), ("a", "bob", 70, 100, 2)], 1, "a"),
    ],
)
def test_finalists_are_the_best_by_pooled_rank_at_most_one_an_agent(candidates, count, chosen):
    entries = [candidate(*one) for one in candidates]
    assert "".join(one.snapshot for one in choose(entries, count)) == chosen
    assert choose(reversed(entries), count) == choose(entries, count)
