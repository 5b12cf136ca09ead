"""When an attempt fails: try again, uncounted or counted, or give up."""

from typing import Literal

from pydantic import Field

from researchfleet_core.api.meta import Part, Rule
from researchfleet_core.api.quantities import Duration, seconds
from researchfleet_core.reasons import EndReason


class FailureRule(Part):
    """The first rule that matches an ended attempt decides."""

    rules = (
        Rule(
            "size(self.onExitCodes) + size(self.onReasons) >= 1",
            "a rule needs at least one of onExitCodes, onReasons",
            lambda r: len(r.on_exit_codes) + len(r.on_reasons) >= 1,
            "onExitCodes",
        ),
    )

    on_exit_codes: list[int] = Field(default_factory=list, max_length=32, description="exit codes of the researcher")
    on_reasons: list[EndReason] = Field(default_factory=list, max_length=32, description="why the attempt ended")
    action: Literal["Restart", "RestartUncounted", "FailAgent", "FailFleet"] = Field(description="what to do then")

    def matches(self, reason: EndReason, exit_code: int | None) -> bool:
        """Whether an attempt that ended so falls under this rule.

        With both lists both must fit. Exit codes alone are those of a researcher that exited by itself: the code of one
        that was stopped, say by a suspension, is ours.
        """
        reasons = self.on_reasons or [EndReason.COMPLETED, EndReason.CRASHED]
        return reason in reasons and (not self.on_exit_codes or exit_code in self.on_exit_codes)


class FailurePolicySpec(Part):
    """How often and how soon a failed agent is tried again."""

    rules = (
        Rule(
            "duration(self.backoff) <= duration(self.maxBackoff)",
            "backoff must not be longer than maxBackoff",
            lambda f: seconds(f.backoff) <= seconds(f.max_backoff),
            "backoff",
        ),
    )

    max_restarts: int = Field(default=3, ge=0, le=1000, description="counted restarts before the agent has failed")
    backoff: Duration = Field(default="2s", description="wait before the first restart; doubles with each restart in a row")
    max_backoff: Duration = Field(
        default="5m", description="longest wait before a restart; an attempt that ran longer begins a new row"
    )
    pre_running: Duration = Field(default="10m", description="an attempt that does not run by then has failed")
    rules_: list[FailureRule] = Field(
        default_factory=list, alias="rules", max_length=32, description="exceptions, first match wins"
    )
