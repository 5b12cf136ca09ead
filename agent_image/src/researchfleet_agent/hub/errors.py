"""What can go wrong between a researcher and the hub."""

from researchfleet_core.reasons import Reason


class RefusedError(Exception):
    """The hub has understood and said no; the message is its sentence, reason its constant for programs."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason

    @property
    def final(self) -> bool:
        """Whether nothing more will be granted to this attempt: its budget is used up, or the runtime has ended it."""
        return self.reason in {Reason.BUDGET_EXHAUSTED, "AttemptEnded"}


class HubLostError(Exception):
    """The hub did not answer within the client's patience; whether a write was done is not known."""
