"""Prometheus metrics with bounded labels. No score and no name of an agent is among them."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Table, func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from researchfleet_hub.ledger.entries import FLEET
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import agents, attempts, balances, findings, snapshots
from researchfleet_hub.times import HOUR

# A request of an agent takes a few ms; one that waits for the evaluator may take a second.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2, 10)


class Metrics:
    """All metrics of one hub process; what is counted in the database is read when scraped."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "researchfleet_hub_requests", "requests answered", ["port", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "researchfleet_hub_request_seconds", "time to answer", ["port"], buckets=_BUCKETS, registry=self.registry
        )
        self.registry.register(StateCollector(database))


class StateCollector(Collector):
    """Counts of what the database holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> list[Metric]:
        """Nothing: names are only known by asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read them all."""
        with self._database.read() as connection:
            yield _total("researchfleet_hub_findings", "findings shared", connection, findings)
            yield _total("researchfleet_hub_snapshots", "snapshots known to fleets", connection, snapshots)
            yield _total("researchfleet_hub_agents", "agents that ever had an attempt", connection, agents)
            yield from _spend(connection)
            yield _running(connection)


class Counting:
    """ASGI middleware: counts requests by route template and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics, port: str) -> None:
        self._app = app
        self._metrics = metrics
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and count one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            # What was not routed has no template: one label for all of it, so that a scan makes no new series.
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(self._port, route, str(status)).inc()
            self._metrics.seconds.labels(self._port).observe(time.perf_counter() - began)


def _total(name: str, what: str, connection: Connection, table: Table) -> GaugeMetricFamily:
    number = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return GaugeMetricFamily(name, what, value=number)


def _spend(connection: Connection) -> Iterator[GaugeMetricFamily]:
    usd = GaugeMetricFamily("researchfleet_hub_spend_usd", "spent, in USD", labels=["kind"])
    hours = GaugeMetricFamily("researchfleet_hub_hours", "hours bought", labels=["resource"])
    sums = (balances.c.nano, balances.c.pod, balances.c.active, balances.c.gpu)
    query = select(balances.c.kind, *(func.sum(column) for column in sums)).where(balances.c.account == FLEET)
    total = [0, 0, 0]
    for kind, nano, *times in connection.execute(query.group_by(balances.c.kind)):
        usd.add_metric([kind], int(nano) / 1e9)
        total = [before + int(more) for before, more in zip(total, times, strict=True)]
    for resource, spent in zip(("pod", "agent", "gpu"), total, strict=True):
        hours.add_metric([resource], spent / HOUR)
    yield usd
    yield hours


def _running(connection: Connection) -> GaugeMetricFamily:
    """Attempts with a lease."""
    family = GaugeMetricFamily("researchfleet_hub_leases", "attempts that run, with a lease", labels=["kind"])
    query = select(attempts.c.kind, func.count()).where(attempts.c.ended.is_(None)).group_by(attempts.c.kind)
    for kind, number in connection.execute(query):
        family.add_metric([kind], number)
    return family
