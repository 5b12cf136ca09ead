"""The accounts of one fleet, opened in a transaction that holds the fleet's row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.setup import Limits
from researchfleet_core.wire.sync import Amounts, LedgerState
from sqlalchemy import Connection, select
from sqlalchemy import insert as plain_insert

from researchfleet_hub.ledger.entries import FLEET, Entry, Sums, amounts
from researchfleet_hub.ledger.limits import Judgement, judge, research
from researchfleet_hub.state.database import insert
from researchfleet_hub.state.tables import balances, entries

_QUANTITIES = tuple(asdict(Sums()))


class Books:
    """Sums by account and kind. `book` counts an entry at once; `close` writes entries and sums together."""

    def __init__(self, fleet_uid: str, created: int, limits: Limits, agent_limits: Limits, now: int) -> None:
        self._fleet_uid = fleet_uid
        self._created = created
        self._limits = limits
        self._agent_limits = agent_limits
        self._now = now
        self._accounts: dict[str, dict[EntryKind, Sums]] = defaultdict(dict)
        self._owed: dict[str, int] = {}
        self._new: list[Entry] = []
        self._changed: set[tuple[str, EntryKind]] = set()

    def open(self, connection: Connection, owed: dict[str, int], only: Iterable[str] | None = None) -> None:
        """Read the sums. owed: seeds still to be delivered, by agent; only: read these accounts alone."""
        rows = select(balances).where(balances.c.fleet_uid == self._fleet_uid)
        if only is not None:
            rows = rows.where(balances.c.account.in_(list(only)))
        for row in connection.execute(rows):
            self._accounts[row.account][EntryKind(row.kind)] = Sums(*(getattr(row, name) for name in _QUANTITIES))
        self._owed = owed

    def book(self, entry: Entry) -> None:
        """Count an entry."""
        self._new.append(entry)
        for account in entry.accounts:
            kinds = self._accounts[account]
            kinds[entry.kind] = kinds.get(entry.kind, Sums()) + entry.sums
            self._changed.add((account, entry.kind))

    def close(self, connection: Connection) -> None:
        """Write what was booked; a key that was booked before fails the whole transaction."""
        if not self._new:
            return
        connection.execute(plain_insert(entries), [self._line(entry) for entry in self._new])
        sums = insert(connection, balances)
        replace = sums.on_conflict_do_update(
            index_elements=[balances.c.fleet_uid, balances.c.account, balances.c.kind],
            set_={name: sums.excluded[name] for name in _QUANTITIES},
        )
        connection.execute(replace, [self._sum(account, kind) for account, kind in sorted(self._changed)])
        self._new, self._changed = [], set()

    def judge(self, account: str = FLEET) -> Judgement:
        """The verdict on the fleet or an agent."""
        limits = self._limits if account == FLEET else self._agent_limits
        owed = sum(self._owed.values()) if account == FLEET else self._owed.get(account, 0)
        spent = research(self._accounts[account])
        return judge(limits, spent, created=self._created, now=self._now, owed=owed)

    def spent(self, account: str = FLEET) -> Sums:
        """What counts against the account's limits."""
        return research(self._accounts[account])

    def amounts(self, account: str = FLEET) -> Amounts:
        """All quantities of an account, reproductions too."""
        return amounts(self._accounts[account])

    def state(self, account: str = FLEET) -> LedgerState:
        """Verdict and quantities of an account."""
        judgement = self.judge(account)
        return LedgerState(verdict=judgement.verdict, limit=judgement.limit, amounts=self.amounts(account))

    def _line(self, entry: Entry) -> dict[str, object]:
        line = {"fleet_uid": self._fleet_uid, "key": entry.key, "agent_uid": entry.agent_uid, "kind": entry.kind}
        return {**line, "at": self._now, **asdict(entry.sums)}

    def _sum(self, account: str, kind: EntryKind) -> dict[str, object]:
        return {"fleet_uid": self._fleet_uid, "account": account, "kind": kind, **asdict(self._accounts[account][kind])}
