"""The ledger's arithmetic: whatever syncs arrive, twice, late or never, the sums are those of what really ran."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from researchfleet_core.wire.ledger import EntryKind
from researchfleet_core.wire.setup import Limits, Prices
from researchfleet_core.wire.sync import AttemptKind, AttemptReport, Verdict
from researchfleet_hub.ledger import storage
from researchfleet_hub.ledger.books import Books
from researchfleet_hub.ledger.entries import FLEET as FLEET_ACCOUNT
from researchfleet_hub.ledger.entries import Entry, Sums
from researchfleet_hub.ledger.leases import AHEAD, INTERVAL, Lease, cost
from researchfleet_hub.ledger.limits import judge, told
from researchfleet_hub.ledger.metering import Meter, is_stale
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import balances, entries
from researchfleet_hub.times import HOUR, SECOND, micros
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.hub.conftest import FLEET, HOUR_NANO, START, World, report

BEGIN = micros(START)
PRICES = Prices(pod_hour_nano=7_777_777_777, gpu_hour_nano=3_333_333_331)


@dataclass(frozen=True)
class Run:
    """What really happened to an attempt: microseconds after the start of the test."""

    uid: str
    started: int
    lasted: int
    gpus: int
    kind: AttemptKind
    agent: str
    pauses: tuple[tuple[int, int], ...] = ()

    @property
    def ended(self) -> int:
        """When it ended."""
        return self.started + self.lasted

    def is_paused(self, at: int) -> bool:
        """Whether it was paused then."""
        return any(begin <= at < end for begin, end in self.pauses)

    def seen(self, at: int) -> AttemptReport:
        """What the runtime sees of it at `at`."""
        return AttemptReport(
            uid=self.uid,
            kind=self.kind,
            agent=self.agent,
            agent_uid=f"uid-{self.agent}",
            number=1,
            started=START + timedelta(microseconds=self.started),
            ended=START + timedelta(microseconds=self.ended) if at >= self.ended else None,
            paused=self.is_paused(at),
            gpus=self.gpus,
        )


@dataclass
class Hub:
    """The ledger's part of a sync, without a database."""

    limits: Limits = field(default_factory=Limits)
    leases: dict[str, Lease] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    books: Books = field(init=False)
    observed: int = 0

    def __post_init__(self) -> None:
        self.books = Books(FLEET, BEGIN, self.limits, Limits(), BEGIN)
        book = self.books.book

        def noted(entry: Entry) -> None:
            self.entries.append(entry)
            book(entry)

        self.books.book = noted  # type: ignore[method-assign]

    def sync(self, arrived: int, looked: int, reports: Iterable[AttemptReport]) -> None:
        """Take a sync in that arrives at `arrived` and tells what was seen at `looked`."""
        now, observed = BEGIN + arrived, BEGIN + looked
        self.books._now = now
        meter = Meter(self.books, PRICES, now, is_stale(observed, self.observed))
        self.observed = max(self.observed, observed)
        for one in reports:
            lease = self.leases.get(one.uid) or meter.first(one)
            self.leases[one.uid] = meter.observe(lease, one, None)

    def total(self) -> Sums:
        """All entries."""
        return sum((entry.sums for entry in self.entries), Sums())


TIMES = st.integers(0, 600 * SECOND)


@st.composite
def runs(draw: st.DrawFn, *, with_pauses: bool) -> list[Run]:
    """Up to four attempts of two agents and a reproduction."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        started, lasted = draw(TIMES), draw(TIMES)
        cuts = sorted(draw(st.lists(st.integers(started, started + lasted), max_size=4))) if with_pauses else []
        made.append(
            Run(
                uid=f"a{number}",
                started=started,
                lasted=lasted,
                gpus=draw(st.integers(0, 3)),
                kind=draw(st.sampled_from(AttemptKind)),
                agent=draw(st.sampled_from(["ada", "bob"])),
                pauses=tuple(zip(cuts[::2], cuts[1::2], strict=False)),
            )
        )
    return made


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[int, int]]:
    """When syncs arrive and when their runtime had looked: some late, some twice, some overtaken, some never."""
    looks = draw(st.lists(st.integers(0, 1300 * SECOND), max_size=25))
    arriving = []
    for look in looks:
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
            arriving.append((look + draw(st.sampled_from([0, 0, SECOND, 90 * SECOND])), look))
    return sorted(arriving)


def settled(hub: Hub, happened: list[Run], arriving: list[tuple[int, int]]) -> Hub:
    """Deliver all syncs, and one at last that reports every end."""
    for arrived, looked in [*arriving, (2000 * SECOND, 2000 * SECOND)]:
        hub.sync(arrived, looked, [run.seen(looked) for run in happened if run.started <= looked])
    return hub


@settings(max_examples=80, deadline=None)
@given(runs(with_pauses=False), deliveries())
def test_ended_attempts_cost_their_real_time_to_the_microsecond(
    happened: list[Run], arriving: list[tuple[int, int]]
) -> None:
    hub = settled(Hub(), happened, arriving)
    total = hub.total()
    assert total.pod == sum(run.lasted for run in happened)
    assert total.gpu == sum(run.lasted * run.gpus for run in happened)
    assert total.active == sum(run.lasted for run in happened if run.kind is AttemptKind.AGENT)
    assert total.nano == sum(cost(lease, lease.ended - lease.started) for lease in hub.leases.values() if lease.ended)
    assert len({entry.key for entry in hub.entries}) == len(hub.entries)


@settings(max_examples=80, deadline=None)
@given(runs(with_pauses=True), deliveries())
def test_paused_time_is_paid_and_never_more_than_an_agents_time(
    happened: list[Run], arriving: list[tuple[int, int]]
) -> None:
    hub = settled(Hub(), happened, arriving)
    assert hub.total().pod == sum(run.lasted for run in happened)
    for run in happened:
        booked = sum((one.sums for one in hub.entries if one.key.startswith(f"{run.uid}/")), Sums())
        assert 0 <= booked.active <= booked.pod == run.lasted


@settings(max_examples=60, deadline=None)
@given(runs(with_pauses=True), deliveries())
def test_a_sync_that_arrives_twice_books_nothing(happened: list[Run], arriving: list[tuple[int, int]]) -> None:
    hub = Hub()
    for arrived, looked in arriving:
        reports = [run.seen(looked) for run in happened if run.started <= looked]
        hub.sync(arrived, looked, reports)
        before = (list(hub.entries), dict(hub.leases))
        hub.sync(arrived + 5 * SECOND, looked, reports)
        assert (hub.entries, hub.leases) == before


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 600 * SECOND), st.lists(st.integers(1, 60 * SECOND), max_size=30))
def test_a_lease_reaches_ahead_but_never_far(started: int, steps: list[int]) -> None:
    """Bounded spend: whenever the hub dies, no more than this is bought."""
    hub, now = Hub(), started
    run = Run("a0", started, 10**12, 1, AttemptKind.AGENT, "ada")
    for step in steps:
        now += step
        hub.sync(now, now, [run.seen(now)])
        ahead = hub.leases["a0"].until - (BEGIN + now)
        assert AHEAD <= ahead < AHEAD + INTERVAL


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**11), st.lists(st.integers(1, 60 * SECOND), max_size=30))
def test_a_hard_limit_is_overrun_by_less_than_one_interval(limit: int, steps: list[int]) -> None:
    hub, now = Hub(Limits(usd_nano=limit)), 0
    happened = [Run(f"a{number}", 0, 10**12, 1, AttemptKind.AGENT, "ada") for number in range(3)]
    interval = cost(Lease("x", AttemptKind.AGENT, "uid", 0, 1, PRICES.pod_hour_nano, PRICES.gpu_hour_nano), INTERVAL)
    for step in steps:
        now += step
        hub.sync(now, now, [run.seen(now) for run in happened])
        assert hub.books.spent().nano < limit + interval + 2


@settings(max_examples=60, deadline=None)
@given(runs(with_pauses=True), deliveries())
def test_the_fleets_account_is_its_agents_and_what_belongs_to_nobody(
    happened: list[Run], arriving: list[tuple[int, int]]
) -> None:
    hub = settled(Hub(), happened, arriving)
    of_agents = sum((hub.books.spent(f"uid-{name}") for name in ("ada", "bob")), Sums())
    assert of_agents == hub.books.spent(FLEET_ACCOUNT)
    everything = hub.books.amounts(FLEET_ACCOUNT)
    assert everything.total_nano == hub.total().nano
    assert everything.pod_hours == pytest.approx(hub.total().pod / HOUR)


def test_a_long_silence_is_paid_over_several_syncs() -> None:
    hub = Hub()
    run = Run("a0", 0, 10**12, 0, AttemptKind.AGENT, "ada")
    day = 24 * HOUR
    for step in range(3):
        assert hub.leases.get("a0") is None or hub.leases["a0"].until < BEGIN + day
        hub.sync(day + step, day + step, [run.seen(day)])
    assert hub.leases["a0"].until >= BEGIN + day


def test_balances_are_the_sums_of_the_entries_in_the_database(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    ada.finish(ada.upload())
    for _ in range(5):
        any_world.sync(report("ada"), report("bob", gpus=1))
        any_world.clock.advance(17)
    any_world.sync(report("ada", ended=START + timedelta(seconds=70)), report("bob", gpus=1))
    names = ("nano", "pod", "active", "gpu", "tokens", "evaluations")
    with any_world.hub.database.read() as connection:
        summed = select(*(func.sum(entries.c[name]) for name in names))
        booked = tuple(map(int, connection.execute(summed).one()))
        kept = select(*(func.sum(balances.c[name]) for name in names)).where(balances.c.account == "")
        assert tuple(map(int, connection.execute(kept).one())) == booked
        agents = select(*(func.sum(balances.c[name]) for name in names)).where(balances.c.account != "")
        assert tuple(map(int, connection.execute(agents).one())) == booked


def test_a_key_that_was_booked_undoes_everything_booked_with_it(any_database: Database) -> None:
    def book(*keys: str) -> None:
        with any_database.write() as connection:
            books = Books(FLEET, 0, Limits(), Limits(), 0)
            books.open(connection, {})
            for key in keys:
                books.book(Entry(key, EntryKind.COMPUTE, Sums(nano=1)))
            books.close(connection)

    book("one")
    with pytest.raises(IntegrityError):
        book("two", "one")
    with any_database.read() as connection:
        assert connection.execute(select(entries.c.key)).scalars().all() == ["one"]
        assert connection.execute(select(balances.c.nano)).scalar_one() == 1


@pytest.mark.parametrize(
    ("limits", "spent", "said"),
    [
        (Limits(usd_nano=2 * 10**9), Sums(nano=2 * 10**9), "usd: 2.00 of 2.00 USD are spent"),
        (Limits(agent_hours=1.5), Sums(active=2 * HOUR), "agentHours: 2.000 of 1.5 hours are spent"),
        (Limits(gpu_hours=1), Sums(gpu=HOUR), "gpuHours: 1.000 of 1 hours are spent"),
        (Limits(tokens=10), Sums(tokens=11), "tokens: 11 of 10 are spent"),
        (Limits(evaluations=3), Sums(evaluations=3), "evaluations: 3 of 3 are spent"),
        (Limits(deadline=START), Sums(), "deadline: it passed 60 s ago"),
    ],
)
def test_each_limit_speaks_for_itself(limits: Limits, spent: Sums, said: str) -> None:
    judgement = judge(limits, spent, created=BEGIN - HOUR, now=BEGIN + 60 * SECOND)
    assert (judgement.verdict, told(judgement)) == (Verdict.HARD, said)


def test_a_soft_share_warns_before_the_limit_stops() -> None:
    limits = Limits(usd_nano=100, evaluations=10, soft=0.9)

    def verdict(nano: int, evaluations: int) -> tuple[Verdict, str | None]:
        one = judge(limits, Sums(nano=nano, evaluations=evaluations), created=0, now=0)
        return one.verdict, one.limit

    assert verdict(89, 0) == (Verdict.OPEN, None)
    assert verdict(90, 0) == (Verdict.SOFT, "usd")
    assert verdict(90, 9) == (Verdict.SOFT, "usd")
    assert verdict(90, 10) == (Verdict.HARD, "evaluations")
    assert verdict(100, 10) == (Verdict.HARD, "usd")


def test_no_limits_are_never_reached() -> None:
    spent = Sums(10**18, 10**18, 10**18, 10**18, 10**18, 10**18)
    assert judge(Limits(), spent, created=0, now=10**18).verdict is Verdict.OPEN


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_storage_of_a_gib_for_a_month_costs_its_price_however_often_it_is_looked_at(steps: list[int]) -> None:
    price, paid, now, nano, looks = 23 * 10**6, 0, 0, 0, 0
    month = 30 * 24 * HOUR
    while now < month - storage.INTERVAL:
        paid, entry = storage.keep(1 << 30, price, 0, paid, now)
        nano += entry.sums.nano if entry else 0
        looks += 1
        now = min(now + (steps[looks % len(steps)] + 10**5) * SECOND, month - storage.INTERVAL)
    paid, entry = storage.keep(1 << 30, price, 0, paid, now)
    assert paid == month // storage.INTERVAL
    assert 0 <= price - (nano + (entry.sums.nano if entry else 0)) <= looks + 1


def test_money_is_whole_nano_dollars_and_splits_add_up() -> None:
    lease = Lease("x", AttemptKind.AGENT, "uid", 0, 1, HOUR_NANO + 1, 7)
    parts = [cost(lease, (part + 1) * 1_234_567) - cost(lease, part * 1_234_567) for part in range(999)]
    assert sum(parts) == cost(lease, 999 * 1_234_567)
