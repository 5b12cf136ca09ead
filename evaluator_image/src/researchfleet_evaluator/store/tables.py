"""The tables. Labels, and anything that could be turned into labels with the predictions beside it, are in none of them."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, without its zone for SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC with its zone."""
        return None if value is None else (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts by itself only in a column of type INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class FleetColumns(TypedColumns):
    """A fleet, what is scored (Problem as JSON, and its digest), and 32 secret bytes from which all its seeds are drawn."""

    uid: Named[str] = Column(String(64), primary_key=True)
    problem: Named[str] = Column(Text)
    digest: Named[str] = Column(String(71))
    secret: Named[bytes] = Column(LargeBinary)


class ExperimentColumns(TypedColumns):
    """A registered experiment. request: digest of the body; start, seeds: its part of the fleet's seed sequence.

    feedback: the answer after the last seed, Feedback as JSON.
    """

    number: Named[int] = Column(Number, primary_key=True)
    uid: Named[str] = Column(String(64), unique=True)
    fleet_uid: Named[str] = Column(String(64), ForeignKey("fleets.uid"))
    agent: Named[str] = Column(String(63))
    agent_uid: Named[str] = Column(String(64))
    key: Named[str] = Column(String(128))
    request: Named[str] = Column(String(64))
    title: Named[str] = Column(Text)
    hypothesis: Named[str] = Column(Text)
    family: Named[str] = Column(String(40))
    snapshot: Named[str] = Column(String(71))
    start: Named[int] = Column(Integer)
    seeds: Named[int] = Column(Integer)
    delivered: Named[int] = Column(Integer)
    registered: Named[datetime] = Column(UtcTime)
    finished: Named[datetime | None] = Column(UtcTime)
    feedback: Named[str | None] = Column(Text)


class SubmissionColumns(TypedColumns):
    """One seed's predictions (float64, little-endian) and how many are right on the rows of each slice."""

    experiment: Named[int] = Column(Number, ForeignKey("experiments.number"), primary_key=True)
    seed: Named[int] = Column(Integer, primary_key=True)
    digest: Named[bytes] = Column(LargeBinary(32))
    predictions: Named[bytes] = Column(LargeBinary)
    dev_right: Named[int] = Column(Integer)
    rank_right: Named[int] = Column(Integer)
    remaining: Named[int] = Column(Integer)
    received: Named[datetime] = Column(UtcTime)


class LadderColumns(TypedColumns):
    """The best dev accuracy that an agent has been told."""

    fleet_uid: Named[str] = Column(String(64), ForeignKey("fleets.uid"), primary_key=True)
    agent_uid: Named[str] = Column(String(64), primary_key=True)
    best: Named[float] = Column(Float(53))


class ReproductionColumns(TypedColumns):
    """A finalist, opened once. ended: why the runtime gave it up."""

    number: Named[int] = Column(Number, primary_key=True)
    uid: Named[str] = Column(String(64), unique=True)
    fleet_uid: Named[str] = Column(String(64), ForeignKey("fleets.uid"))
    snapshot: Named[str] = Column(String(71))
    agent: Named[str] = Column(String(63))
    title: Named[str] = Column(Text)
    family: Named[str] = Column(String(40))
    nominated: Named[datetime] = Column(UtcTime)
    ended: Named[str | None] = Column(Text)


class RunColumns(TypedColumns):
    """One run of a finalist. position: in plan.json, drawn at random; task, weak: neutral names in the archive.

    target: version of the testbed; teacher: row of its sealed weak.npy; rows_right: how many of the sealed rows are right.
    A run is answered when `received` is set, by predictions or by an error.
    """

    uid: Named[str] = Column(String(64), primary_key=True)
    reproduction: Named[int] = Column(Number, ForeignKey("reproductions.number"))
    position: Named[int] = Column(Integer)
    target: Named[str] = Column(String(150))
    task: Named[str] = Column(String(20))
    student: Named[str] = Column(String(80))
    variation: Named[str] = Column(String(40))
    teacher: Named[int] = Column(Integer)
    seed: Named[int] = Column(Integer)
    weak: Named[str] = Column(String(40))
    answer: Named[bytes | None] = Column(LargeBinary(32))
    predictions: Named[bytes | None] = Column(LargeBinary)
    rows_right: Named[int | None] = Column(Integer)
    error: Named[str | None] = Column(Text)
    seconds: Named[float | None] = Column(Float(53))
    received: Named[datetime | None] = Column(UtcTime)


fleets = Table("fleets", metadata, FleetColumns)
experiments = Table(
    "experiments",
    metadata,
    ExperimentColumns,
    UniqueConstraint("agent_uid", "key"),
    UniqueConstraint("fleet_uid", "snapshot", "start"),
    Index(None, "fleet_uid", "agent_uid"),
)
submissions = Table("submissions", metadata, SubmissionColumns)
ladders = Table("ladders", metadata, LadderColumns)
reproductions = Table("reproductions", metadata, ReproductionColumns, UniqueConstraint("fleet_uid", "snapshot"))
runs = Table("runs", metadata, RunColumns, UniqueConstraint("reproduction", "position"))
