"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agents',
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('direction', sa.Text(), nullable=False),
    sa.Column('attempt_uid', sa.String(length=64), nullable=True),
    sa.Column('heartbeat', sa.BigInteger(), nullable=True),
    sa.Column('activity', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('uid')
    )
    op.create_index(op.f('ix_agents_fleet_uid'), 'agents', ['fleet_uid'], unique=False)
    op.create_table('answers',
    sa.Column('writer', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('writer', 'key')
    )
    op.create_table('attempts',
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('started', sa.BigInteger(), nullable=False),
    sa.Column('ended', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('gpus', sa.Integer(), nullable=False),
    sa.Column('pod_hour_nano', sa.BigInteger(), nullable=False),
    sa.Column('gpu_hour_nano', sa.BigInteger(), nullable=False),
    sa.Column('bought', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.BigInteger(), nullable=False),
    sa.Column('paused', sa.BigInteger(), nullable=False),
    sa.Column('paused_since', sa.BigInteger(), nullable=True),
    sa.Column('flips', sa.Integer(), nullable=False),
    sa.Column('directive', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('uid')
    )
    op.create_index('attempts_of_fleet', 'attempts', ['fleet_uid', 'ended'], unique=False)
    op.create_table('balances',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('nano', sa.BigInteger(), nullable=False),
    sa.Column('pod', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.BigInteger(), nullable=False),
    sa.Column('gpu', sa.BigInteger(), nullable=False),
    sa.Column('tokens', sa.BigInteger(), nullable=False),
    sa.Column('evaluations', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('fleet_uid', 'account', 'kind')
    )
    op.create_table('counters',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('fleet_uid', 'name')
    )
    op.create_table('entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=256), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('nano', sa.BigInteger(), nullable=False),
    sa.Column('pod', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.BigInteger(), nullable=False),
    sa.Column('gpu', sa.BigInteger(), nullable=False),
    sa.Column('tokens', sa.BigInteger(), nullable=False),
    sa.Column('evaluations', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('fleet_uid', 'key', name='entries_once')
    )
    op.create_table('experiments',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('attempt_uid', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('snapshot', sa.String(length=71), nullable=False),
    sa.Column('family', sa.String(length=32), nullable=False),
    sa.Column('seeds', sa.Integer(), nullable=False),
    sa.Column('delivered', sa.Integer(), nullable=False),
    sa.Column('experiment', sa.String(length=64), nullable=True),
    sa.Column('registered', sa.BigInteger(), nullable=False),
    sa.Column('finished', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('fleet_uid', 'number'),
    sa.UniqueConstraint('agent_uid', 'key', name='registered_once'),
    sa.UniqueConstraint('experiment')
    )
    op.create_table('findings',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('author', sa.String(length=64), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.String(length=16), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('family', sa.String(length=32), nullable=True),
    sa.Column('snapshot', sa.String(length=71), nullable=True),
    sa.Column('experiment', sa.String(length=64), nullable=True),
    sa.Column('parent', sa.BigInteger(), nullable=True),
    sa.Column('claims', sa.Text(), nullable=False),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('fleet_uid', 'id')
    )
    op.create_index('findings_of_agent', 'findings', ['fleet_uid', 'agent_uid'], unique=False)
    op.create_index('findings_of_parent', 'findings', ['fleet_uid', 'parent'], unique=False)
    op.create_table('fleets',
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('setup', sa.Text(), nullable=False),
    sa.Column('testbed', sa.Text(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('observed', sa.BigInteger(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('storage_paid', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('uid')
    )
    op.create_table('snapshots',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=71), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('owner_uid', sa.String(length=64), nullable=False),
    sa.Column('manifest', sa.Text(), nullable=False),
    sa.Column('files', sa.Text(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('fleet_uid', 'digest'),
    sa.UniqueConstraint('fleet_uid', 'number', name='snapshots_in_order')
    )
    op.create_table('tokens',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('attempt_uid', sa.String(length=64), nullable=False),
    sa.Column('principal', sa.Text(), nullable=False),
    sa.Column('issued', sa.BigInteger(), nullable=False),
    sa.Column('revoked', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('hash')
    )
    op.create_index(op.f('ix_tokens_attempt_uid'), 'tokens', ['attempt_uid'], unique=False)
    op.create_table('votes',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('finding', sa.BigInteger(), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('up', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('fleet_uid', 'finding', 'agent_uid')
    )
