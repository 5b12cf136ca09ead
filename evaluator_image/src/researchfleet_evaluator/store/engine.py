"""The database: SQLite in a file, or PostgreSQL by URL."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError

T = TypeVar("T")

# A write takes well under a millisecond; whoever waits this long waits for a stuck process.
BUSY_TIMEOUT_MS = 30_000

# No request may wait for a connection: as many as the web framework has threads (anyio's default).
THREADS = 40

WRITES = "researchfleet_writes"


class Store:
    """Transactions on the database. `work` is given a connection, and its result is returned once all is durable.

    There is one active writer: within the process by a lock, which is cheaper than to let SQLite's own busy handler poll;
    between processes by BEGIN IMMEDIATE (SQLite) or row locks (PostgreSQL), with unique keys behind both.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._writer = self.engine.execution_options(**{WRITES: True})
        self._reader = self.engine
        if self.engine.dialect.name == "postgresql":
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = Lock()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one durable transaction, a second time when another process was first with the same key."""
        try:
            return self._write(work)
        except IntegrityError:
            return self._write(work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that changes nothing; it sees one state of the database."""
        with self._reader.connect() as connection, connection.begin():
            return work(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._writing, self._writer.begin() as connection:
            return work(connection)


def open_engine(url: str) -> Engine:
    """An engine with the settings that durability needs. `postgresql://` means the psycopg driver.

    Errors name no parameters: predictions and secrets of seeds belong into no log.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, hide_parameters=True, max_overflow=THREADS)
    engine = create_engine(parsed, hide_parameters=True, max_overflow=THREADS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: Any) -> None:
    # The driver's own BEGIN comes late and never before a SELECT: `_begin_sqlite` says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # in WAL mode NORMAL may lose the last commits with the power
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail when another one wrote in between.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
