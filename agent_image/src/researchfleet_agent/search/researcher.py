"""The researcher's loop."""

import logging
from collections.abc import Callable

import numpy as np
from researchfleet_core.wire.findings import ShareFinding

from researchfleet_agent.hub import RefusedError
from researchfleet_agent.search import telling
from researchfleet_agent.search.experiment import Conductor
from researchfleet_agent.search.history import History
from researchfleet_agent.search.journal import Record
from researchfleet_agent.search.peers import Forum
from researchfleet_agent.search.proposing import Allowed, NothingLeftError, Proposal, propose
from researchfleet_agent.search.variation import title

log = logging.getLogger(__name__)

# An insight is one comparison of two experiments; more of them than this would bury the results.
INSIGHT_EVERY = 5
# So many failures in a row are no bad luck with a pipeline: something is wrong with the sandbox.
FAILURES_IN_A_ROW = 5


class CannotWorkError(RuntimeError):
    """Experiment after experiment fails: the last one's error."""


class Researcher:
    """One agent.

    methods: of its direction; seed: all its choices follow from it and from what it is answered; allowed: how students may
    be fitted.
    """

    def __init__(self, conductor: Conductor, forum: Forum, methods: tuple[str, ...], seed: int, allowed: Allowed) -> None:
        self._conductor = conductor
        self._journal = conductor.journal
        self._forum = forum
        self._methods = methods
        self._seed = seed
        self._allowed = allowed
        records = self._journal.records
        self._history = History(record for record in records if record.delivered)
        self._begun = [record.number for record in records if not record.delivered]
        self._untold = [record.number for record in records if record.delivered and not record.over]
        self._failures = 0

    def work(self, wrapping_up: Callable[[], bool]) -> None:
        """Finish what was begun, then one experiment after the other until `wrapping_up` or nothing is left to try.

        Raises RefusedError when nothing more is granted, CannotWorkError, and what Conductor raises.
        """
        try:
            for number in self._begun:
                self._conduct(number)
            while not wrapping_up():
                self._conduct(self._next())
        except RefusedError as refused:
            if refused.final:
                self._tell()
            raise
        except NothingLeftError as end:
            log.info("%s", end)
        self._tell()

    def _conduct(self, number: int) -> None:
        done = self._conductor.deliver(number, self._while_training)
        self._history.add(done)
        self._untold.append(number)
        self._failures = self._failures + 1 if done.error else 0
        if done.error:
            log.warning("experiment %d failed: %s", number, done.error)
        if self._failures >= FAILURES_IN_A_ROW:
            self._tell()
            raise CannotWorkError(f"{self._failures} experiments in a row failed, the last one: {done.error}")

    def _while_training(self) -> None:
        """The last experiment is told of, and others are heard, while the next one trains: no core waits for it."""
        self._tell()
        self._forum.sync()

    def _tell(self) -> None:
        while self._untold:
            number = self._untold[0]
            self._conductor.tell(number, self._insight(number))
            self._untold.pop(0)

    def _insight(self, number: int) -> ShareFinding | None:
        last = max((record.number for record in self._journal.records if "insight" in record.told), default=0)
        if number < last + INSIGHT_EVERY and last != number:
            return None
        return telling.insight(self._history, number)

    def _next(self) -> int:
        """Choose; journalled before anything is sent, so that a restart goes on with the same choice."""
        number = self._journal.next_number
        peers = self._forum.best()
        rng = np.random.default_rng([self._seed, number])
        proposal = propose(self._history, peers, self._methods, rng, self._allowed)
        return self._journal.put(_record(number, proposal)).number


def _record(number: int, proposal: Proposal) -> Record:
    peer = proposal.peer
    return Record(
        number=number,
        pipeline=proposal.pipeline.to_json(),
        title=title(proposal.pipeline),
        hypothesis=telling.hypothesis(proposal),
        move=proposal.move,
        parent=proposal.parent.record.number if proposal.parent else None,
        finding=peer.finding if peer else None,
        claimed=peer.pgr if peer else None,
    )
