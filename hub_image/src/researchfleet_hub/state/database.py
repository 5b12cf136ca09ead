"""One database by URL: SQLite in WAL mode, or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

# How long a writer waits for another process's write before it gives up.
BUSY_SECONDS = 30


class Database:
    """Transactions. Everything read or written in one `with` block is one transaction."""

    def __init__(self, url: str) -> None:
        """url: `sqlite:///PATH` or `postgresql://...` (psycopg is the driver)."""
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        # Transactions are short and never wait for anything but the database, so fewer connections than threads do; three
        # replicas fit into the 100 of a default PostgreSQL. One that is down is noticed before it is used.
        self.engine = create_engine(parsed, pool_size=8, max_overflow=16, pool_pre_ping=not self.is_sqlite)
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        # SQLite has one writer and lets others poll; threads of this process queue here instead, which is quicker.
        self._writer = threading.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            _prepare_sqlite(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, undone when it raises."""
        with self._writer, self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that knows ON CONFLICT, which both databases spell the same way."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(raw: Any, _: object) -> None:
        # The driver would begin transactions late and never IMMEDIATE; we begin them ourselves.
        raw.isolation_level = None
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: what was acknowledged survives a power cut too (0.2 ms a commit where this was measured).
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
