"""What can go wrong between a researcher and the hub."""

from researchfleet_core.reasons import Reason


class RefusedError(Exception):
    """The hub has understood and said no; the message is its sentence, reason its constant for programs."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to do: the budget is used up, or the runtime has ended this attempt."""
        return self.reason in {Reason.BUDGET_EXHAUSTED, "AttemptEnded"}

    @property
    def final(self) -> bool:
        """Whether no other request of this attempt will be granted either."""
        return self.complete or self.reason == "Unauthenticated"


class HubLostError(Exception):
    """The hub did not answer within the client's patience; whether a write was done is not known."""
