"""What can go wrong between a researcher and the hub."""

from researchfleet_core.reasons import Reason


class RefusedError(Exception):
    """The hub has understood and said no; the message is its sentence, reason its constant for programs."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason

    @property
    def budget_exhausted(self) -> bool:
        """Whether nothing more will be granted to this agent."""
        return self.reason == Reason.BUDGET_EXHAUSTED


class HubLostError(Exception):
    """The hub did not answer within the client's patience; whether a write was done is not known."""
