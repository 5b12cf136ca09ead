"""What a run leaves: summary.json and report.html, made while the hub still answers."""

from collections.abc import Mapping
from pathlib import Path

from researchfleet_core.deciding import Phase
from researchfleet_core.testbed import Manifest

from researchfleet.commands.runs import REPORT, SUMMARY
from researchfleet.local import InternalHub, Status
from researchfleet.report import write_report
from researchfleet.summary import Sources, State, Summary, build, write_summary
from researchfleet.summary.model import Outcome
from researchfleet.summary.provenance import provenance


async def leave(folder: Path, hub: InternalHub, status: Status, testbeds: Mapping[str, Manifest]) -> Summary:
    """Write both files and return what they say. Raises HubUnreachableError or HubRefusedError as the hub does."""
    summary = build(
        Sources(
            status=status,
            outcome=outcome(status),
            scores=await hub.scores(),
            findings=await hub.findings(),
            testbeds=testbeds,
            provenance=provenance(status.sandbox),
        )
    )
    write_summary(summary, folder / SUMMARY)
    write_report(summary, folder / REPORT)
    return summary


def outcome(status: Status) -> Outcome:
    """How far the run came."""
    if status.phase is Phase.FINISHED:
        return Outcome(state=State.FINISHED, reason=status.condition("Finished").reason)
    state = {"Drained": State.DRAINED, "Suspended": State.STOPPED}.get(status.spec.desired_state, State.RUNNING)
    return Outcome(state=state, reason=status.condition("Ready").message)
