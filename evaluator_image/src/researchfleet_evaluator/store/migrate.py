"""Brings a database to the newest schema, one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import alembic.command
import alembic.config
from sqlalchemy import Engine, text

import researchfleet_evaluator.migrations as scripts

# Any constant does, as long as no other program on the same database uses it.
ADVISORY_LOCK = 0x5265_7345_7661_6C31


def migrate(engine: Engine) -> None:
    """Run what is missing. A second process waits; a crash in between leaves the old schema (DDL is transactional)."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(scripts.__file__).parent))
    with _alone(engine), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold a lock file beside an SQLite database; it falls with the process."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or file == ":memory:":
        yield
        return
    lock = os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Created here, so that nobody but this user ever reads secrets of seeds in it.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        yield
    finally:
        os.close(lock)
