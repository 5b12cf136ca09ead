"""The researcher's loop."""

import logging
from collections.abc import Callable

import numpy as np

from researchfleet_agent.search import telling
from researchfleet_agent.search.experiment import Conductor
from researchfleet_agent.search.history import History
from researchfleet_agent.search.journal import Record
from researchfleet_agent.search.peers import Forum
from researchfleet_agent.search.proposing import Proposal, propose
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

    methods: of its direction; seed: all its choices follow from it and from what it is answered; may_tune: whether there
    is time for fine-tuning.
    """

    def __init__(self, conductor: Conductor, forum: Forum, methods: tuple[str, ...], seed: int, *, may_tune: bool) -> None:
        self._conductor = conductor
        self._journal = conductor.journal
        self._forum = forum
        self._methods = methods
        self._seed = seed
        self._may_tune = may_tune
        self._history = History(record for record in self._journal.records if record.over)
        self._failures = 0

    def work(self, wrapping_up: Callable[[], bool]) -> None:
        """Finish what was begun, then one experiment after the other until `wrapping_up`.

        Raises RefusedError when nothing more is granted, CannotWorkError, and what Conductor.conduct raises.
        """
        for record in [record for record in self._journal.records if not record.over]:
            self._conduct(record)
        while not wrapping_up():
            self._conduct(self._next())

    def _conduct(self, record: Record) -> None:
        done = self._conductor.conduct(record)
        self._history.add(done)
        self._failures = self._failures + 1 if done.error else 0
        if done.error:
            log.warning("experiment %d failed: %s", done.number, done.error)
        if self._failures >= FAILURES_IN_A_ROW:
            raise CannotWorkError(f"{self._failures} experiments in a row failed, the last one: {done.error}")
        finding = telling.insight(self._history, self._history.tried[-1])
        if finding is not None and done.number >= self._last_insight + INSIGHT_EVERY:
            self._conductor.share(done.number, "insight", finding)

    @property
    def _last_insight(self) -> int:
        return max((record.number for record in self._journal.records if "insight" in record.told), default=0)

    def _next(self) -> Record:
        """Choose; journalled before anything is sent, so that a restart goes on with the same choice."""
        number = self._journal.next_number
        peers = self._forum.best()
        rng = np.random.default_rng([self._seed, number])
        proposal = propose(self._history, peers, self._methods, rng, may_tune=self._may_tune)
        return self._journal.put(_record(number, proposal))


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
