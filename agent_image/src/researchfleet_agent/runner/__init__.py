"""Running snapshots: a warm process that forks per run, with limits, and leaves nothing behind."""

from researchfleet_agent.runner.messages import Limits, RunResult, Status
from researchfleet_agent.runner.predictions import PredictionsError, read_predictions
from researchfleet_agent.runner.runner import Runner
from researchfleet_agent.runner.slots import SLOTS, Slots
from researchfleet_agent.runner.warm import RunnerError

__all__ = [
    "SLOTS",
    "Limits",
    "PredictionsError",
    "RunResult",
    "Runner",
    "RunnerError",
    "Slots",
    "Status",
    "read_predictions",
]
