"""What `decide` answers, case by case: tests/core/cases/ is the table."""

import pytest
from researchfleet_core.deciding import decide

from .cases import CASES, PARTS
from .worlds import NOW, spec


@pytest.mark.parametrize("case", CASES)
def test_decide(case):
    changes, world, actions = CASES[case]
    assert decide(spec(changes), world, NOW) == actions


def test_no_two_cases_have_the_same_name():
    assert len(CASES) == sum(len(part.CASES) for part in PARTS)
