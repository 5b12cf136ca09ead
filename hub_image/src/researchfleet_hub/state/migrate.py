"""Brings a database to the newest schema; replicas that start together wait for each other."""

from alembic import command
from alembic.config import Config

from researchfleet_hub.state.database import Database

# Any number that nothing else locks in this database.
_LOCK = 0x5EA4C4F1


def migrate(database: Database) -> None:
    """Run the migrations that are missing."""
    config = Config()
    config.set_main_option("script_location", "researchfleet_hub:migrations")
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
