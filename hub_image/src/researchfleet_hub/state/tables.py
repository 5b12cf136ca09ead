"""All tables. Migrations create them; a test holds both equal. Times are microseconds since 1970, money is nano-USD."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()

# One row a fleet; its lock serialises all changes of the fleet's ledger. facts: what the evaluator last said.
fleets = Table(
    "fleets",
    metadata,
    Column("uid", String(64), primary_key=True),
    Column("setup", Text, nullable=False),
    Column("testbed", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("observed", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),
    Column("storage_paid", BigInteger, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("uid", String(64), primary_key=True),
    Column("fleet_uid", String(64), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("direction", Text, nullable=False),
    Column("attempt_uid", String(64)),
    Column("heartbeat", BigInteger),
    Column("activity", Text, nullable=False),
)

# bought: microseconds of sandbox time paid since `started`; active: how many of them count as agent time.
attempts = Table(
    "attempts",
    metadata,
    Column("uid", String(64), primary_key=True),
    Column("fleet_uid", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("agent", String(64), nullable=False),
    Column("agent_uid", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("reason", Text),
    Column("gpus", Integer, nullable=False),
    Column("pod_hour_nano", BigInteger, nullable=False),
    Column("gpu_hour_nano", BigInteger, nullable=False),
    Column("bought", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("paused", BigInteger, nullable=False),
    Column("paused_since", BigInteger),
    Column("flips", Integer, nullable=False),
    Column("directive", String(16), nullable=False),
    Index("attempts_of_fleet", "fleet_uid", "ended"),
)

# Only the hash of a token is kept.
tokens = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("fleet_uid", String(64), nullable=False),
    Column("attempt_uid", String(64), nullable=False, index=True),
    Column("principal", Text, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)

# The last number given out. Its row stays locked until the transaction that took a number ends, so numbers are committed
# in their order; a PostgreSQL sequence would let a reader see 8 before 7.
counters = Table(
    "counters",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("author", String(64), nullable=False),
    Column("agent_uid", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("type", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("family", String(32)),
    Column("snapshot", String(71)),
    Column("experiment", String(64)),
    Column("parent", BigInteger),
    Column("claims", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Index("findings_of_agent", "fleet_uid", "agent_uid"),
    Index("findings_of_parent", "fleet_uid", "parent"),
)

votes = Table(
    "votes",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("finding", BigInteger, primary_key=True),
    Column("agent_uid", String(64), primary_key=True),
    Column("up", Boolean, nullable=False),
)

# Which snapshots a fleet knows; the bytes lie in the store.
snapshots = Table(
    "snapshots",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("digest", String(71), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("owner_uid", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("fleet_uid", "number", name="snapshots_in_order"),
)

# A registration is counted before it is forwarded: experiment is NULL until the evaluator has answered. asked: its message.
experiments = Table(
    "experiments",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("agent", String(64), nullable=False),
    Column("agent_uid", String(64), nullable=False),
    Column("attempt_uid", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("asked", Text, nullable=False),
    Column("snapshot", String(71), nullable=False),
    Column("family", String(32), nullable=False),
    Column("seeds", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("experiment", String(64), unique=True),
    Column("registered", BigInteger, nullable=False),
    Column("finished", BigInteger),
    UniqueConstraint("agent_uid", "key", name="registered_once"),
)

# Answers to writes by idempotency key; written in the transaction of the write itself.
answers = Table(
    "answers",
    metadata,
    Column("writer", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Text),
    Column("created", BigInteger, nullable=False),
)

# The ledger: append-only. A correction is another entry.
entries = Table(
    "entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("fleet_uid", String(64), nullable=False),
    Column("key", String(256), nullable=False),
    Column("agent_uid", String(64)),
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("nano", BigInteger, nullable=False),
    Column("pod", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("gpu", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("evaluations", BigInteger, nullable=False),
    UniqueConstraint("fleet_uid", "key", name="entries_once"),
)

# Sums of the entries by account ('' is the fleet) and kind, changed in the transaction that appends them.
balances = Table(
    "balances",
    metadata,
    Column("fleet_uid", String(64), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("nano", BigInteger, nullable=False),
    Column("pod", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("gpu", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("evaluations", BigInteger, nullable=False),
)
