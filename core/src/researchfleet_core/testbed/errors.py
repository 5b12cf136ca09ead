"""What is wrong with a testbed, and where."""


class TestbedError(ValueError):
    """A testbed that must not be used: the file (and line or field), the value, what is allowed."""

    __test__ = False  # pytest collects names that start with Test

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem
