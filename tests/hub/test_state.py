"""The database: migrations make what the code expects, transactions are whole, numbers are in order."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from researchfleet_hub.state.counters import next_number
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.migrate import migrate
from researchfleet_hub.state.tables import metadata
from sqlalchemy import text


def test_migrations_make_exactly_the_tables_of_the_code(any_database: Database) -> None:
    with any_database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(any_database: Database) -> None:
    with any_database.write() as connection:
        next_number(connection, "fleet-1", "findings")
    migrate(any_database)
    with any_database.write() as connection:
        assert next_number(connection, "fleet-1", "findings") == 2


def test_a_transaction_that_fails_leaves_nothing_and_no_gap(any_database: Database) -> None:
    with any_database.write() as connection:
        assert next_number(connection, "fleet-1", "findings") == 1
    with pytest.raises(RuntimeError), any_database.write() as connection:
        assert next_number(connection, "fleet-1", "findings") == 2
        raise RuntimeError
    with any_database.write() as connection:
        assert next_number(connection, "fleet-1", "findings") == 2
        assert next_number(connection, "fleet-2", "findings") == 1


def test_sqlite_is_kept_so_that_a_power_cut_loses_nothing_acknowledged(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    with database.write() as connection:
        settings = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]
    database.close()


def test_writers_of_another_process_are_waited_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    migrate(database)
    other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM findings")).scalar_one() == 0
    other.execute("ROLLBACK")
    with database.write() as connection:
        assert next_number(connection, "fleet-1", "findings") == 1
    other.close()
    database.close()
