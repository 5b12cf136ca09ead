"""What the hub knows of this agent that its journal does not: experiments of an attempt whose workspace was lost."""

from researchfleet_core.wire.experiments import OwnExperiment, Registered

from researchfleet_agent.hub import Hub
from researchfleet_agent.search.journal import Journal, Record
from researchfleet_agent.search.peers import read_pipeline
from researchfleet_agent.search.variation import title


def recover(hub: Hub, journal: Journal, rows: int) -> None:
    """Put experiments that the journal lacks into it, oldest first; rows: of the test part.

    What was registered and not delivered is then finished before anything new; what was finished counts as tried.
    """
    known = {record.registered.experiment for record in journal.records if record.registered is not None}
    # Registered, but the answer did not reach the journal: registering again, with the same key, brings it.
    asked = {record.digest for record in journal.records if record.registered is None and not record.delivered}
    for own in reversed(hub.own_experiments()):
        unknown = own.experiment not in known and own.snapshot not in asked
        if unknown and (record := _record(hub, own, journal.next_number, rows)) is not None:
            journal.put(record)


def _record(hub: Hub, own: OwnExperiment, number: int, rows: int) -> Record | None:
    pipeline = read_pipeline(lambda: hub.snapshot(own.snapshot).info.manifest.parameters)
    if pipeline is None:
        return None
    return Record(
        number=number,
        pipeline=pipeline.to_json(),
        title=title(pipeline),
        hypothesis="An attempt before this one registered it; its notes are lost.",
        move="recovered",
        digest=own.snapshot,
        registered=Registered(experiment=own.experiment, seeds=own.seeds, rows=rows),
        feedback=own.feedback,
        over=own.feedback is not None,
    )
