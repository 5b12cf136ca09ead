"""A table of records in SQLite."""

import sqlite3
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

Value = TypeVar("Value", bound=BaseModel)


def connect(file: Path) -> sqlite3.Connection:
    """The database, made if it is not there. Every statement is a transaction of its own; each survives a kill -9."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    # A kill of any process loses nothing; only a power cut may cost the last second, and what ran is gone with it.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key))")
    return connection


class Table(Generic[Value]):
    """Records of one kind by key, in the order they were first put; reading needs no database."""

    def __init__(self, connection: sqlite3.Connection, kind: type[Value]) -> None:
        self._connection = connection
        self._kind = kind.__name__
        rows = connection.execute("SELECT key, value FROM records WHERE kind = ? ORDER BY rowid", (self._kind,))
        self._values = {key: kind.model_validate_json(value) for key, value in rows}

    def put(self, key: str, value: Value) -> None:
        """Keep it; on disk when this returns."""
        self._connection.execute(
            "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (self._kind, key, value.model_dump_json()),
        )
        self._values[key] = value

    def drop(self, key: str) -> None:
        """Forget it; nothing happens when it is not there."""
        self._connection.execute("DELETE FROM records WHERE kind = ? AND key = ?", (self._kind, key))
        self._values.pop(key, None)

    def get(self, key: str) -> Value | None:
        """The record of a key."""
        return self._values.get(key)

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def items(self) -> list[tuple[str, Value]]:
        """All keys with their records, oldest first."""
        return list(self._values.items())

    def all(self) -> list[Value]:
        """All records, oldest first."""
        return list(self._values.values())
