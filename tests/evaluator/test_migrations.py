"""The schema: what migrations make is what the tables say, and starting twice at once is safe."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from researchfleet_evaluator.store import Store
from researchfleet_evaluator.store.migrate import migrate
from researchfleet_evaluator.store.tables import metadata
from sqlalchemy import text


def test_migrations_make_what_the_tables_say(database):
    store = Store(database)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_two_processes_that_start_at_once_migrate_one_after_the_other(tmp_path):
    stores = [Store(f"sqlite:///{tmp_path}/new.db") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [store.engine for store in stores]))
    with stores[0].engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    for store in stores:
        store.close()


def test_a_new_database_can_be_read_by_its_user_only(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/new.db")
    migrate(store.engine)
    store.close()
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {
        "new.db": "0o600",
        "new.db.lock": "0o600",
    }


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_sqlite_is_set_up_to_lose_nothing(tmp_path, pragma, value):
    store = Store(f"sqlite:///{tmp_path}/new.db")
    with store.engine.connect() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value
    store.close()
