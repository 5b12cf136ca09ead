"""The hub's services, wired once; both ports and the MCP tools are thin faces of these."""

from dataclasses import dataclass

import httpx

from researchfleet_hub.evaluator import Evaluator
from researchfleet_hub.experiments.desk import Desk
from researchfleet_hub.experiments.reproducing import Reproducing
from researchfleet_hub.fleets.budgets import Budgets
from researchfleet_hub.fleets.heartbeats import Heartbeats
from researchfleet_hub.fleets.setup import Setup
from researchfleet_hub.fleets.sync import Syncing
from researchfleet_hub.forum.reading import Reading
from researchfleet_hub.forum.sharing import Sharing
from researchfleet_hub.identity.tokens import FileTokens, SandboxTokens
from researchfleet_hub.ledger.pages import Ledger
from researchfleet_hub.snapshots.shelf import Shelf
from researchfleet_hub.snapshots.store import Store
from researchfleet_hub.state.database import Database
from researchfleet_hub.times import Clock, utc_now

# A runtime asks every few seconds: it is told that the evaluator is away before it asks again.
_SYNC_TIMEOUT = httpx.Timeout(10, connect=2)


@dataclass(frozen=True)
class Hub:
    """Everything the hub can do. evaluator: of the agents' calls; people and runtime have connections of their own."""

    database: Database
    evaluator: Evaluator
    people_evaluator: Evaluator
    sandbox_tokens: SandboxTokens
    file_tokens: FileTokens
    shelf: Shelf
    sharing: Sharing
    reading: Reading
    desk: Desk
    reproducing: Reproducing
    heartbeats: Heartbeats
    budgets: Budgets
    setup: Setup
    syncing: Syncing
    ledger: Ledger

    def close(self) -> None:
        """Give connections back."""
        self.evaluator.close()
        self.people_evaluator.close()
        self.database.close()


def wire(
    *,
    database: Database,
    store: Store,
    evaluator_address: str,
    evaluator_token: str,
    file_tokens: FileTokens,
    clock: Clock = utc_now,
) -> Hub:
    """A hub over a migrated database."""
    evaluator = Evaluator(evaluator_address, evaluator_token)
    people = Evaluator(evaluator_address, evaluator_token, _SYNC_TIMEOUT)
    shelf = Shelf(database, store, clock)
    return Hub(
        database=database,
        evaluator=evaluator,
        people_evaluator=people,
        sandbox_tokens=SandboxTokens(database, clock),
        file_tokens=file_tokens,
        shelf=shelf,
        sharing=Sharing(database, clock),
        reading=Reading(database),
        desk=Desk(database, evaluator, shelf, clock),
        reproducing=Reproducing(database, evaluator, shelf, clock),
        heartbeats=Heartbeats(database, clock),
        budgets=Budgets(database, clock),
        setup=Setup(database, people, clock),
        syncing=Syncing(database, people, Desk(database, people, shelf, clock), clock),
        ledger=Ledger(database),
    )
