"""first schema"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fleets',
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=71), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_fleets'))
    )
    op.create_table('experiments',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=63), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('request', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('hypothesis', sa.Text(), nullable=False),
    sa.Column('family', sa.String(length=40), nullable=False),
    sa.Column('snapshot', sa.String(length=71), nullable=False),
    sa.Column('start', sa.Integer(), nullable=False),
    sa.Column('seeds', sa.Integer(), nullable=False),
    sa.Column('delivered', sa.Integer(), nullable=False),
    sa.Column('registered', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished', sa.DateTime(timezone=True), nullable=True),
    sa.Column('feedback', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['fleet_uid'], ['fleets.uid'], name=op.f('fk_experiments_fleet_uid')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_experiments')),
    sa.UniqueConstraint('agent_uid', 'key', name=op.f('uq_experiments_agent_uid_key')),
    sa.UniqueConstraint('fleet_uid', 'snapshot', 'start', name=op.f('uq_experiments_fleet_uid_snapshot_start')),
    sa.UniqueConstraint('uid', name=op.f('uq_experiments_uid'))
    )
    with op.batch_alter_table('experiments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_experiments_fleet_uid_agent_uid'), ['fleet_uid', 'agent_uid'], unique=False)

    op.create_table('ladders',
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('agent_uid', sa.String(length=64), nullable=False),
    sa.Column('best', sa.Float(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['fleet_uid'], ['fleets.uid'], name=op.f('fk_ladders_fleet_uid')),
    sa.PrimaryKeyConstraint('fleet_uid', 'agent_uid', name=op.f('pk_ladders'))
    )
    op.create_table('reproductions',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('fleet_uid', sa.String(length=64), nullable=False),
    sa.Column('snapshot', sa.String(length=71), nullable=False),
    sa.Column('agent', sa.String(length=63), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('family', sa.String(length=40), nullable=False),
    sa.Column('nominated', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['fleet_uid'], ['fleets.uid'], name=op.f('fk_reproductions_fleet_uid')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_reproductions')),
    sa.UniqueConstraint('fleet_uid', 'snapshot', name=op.f('uq_reproductions_fleet_uid_snapshot')),
    sa.UniqueConstraint('uid', name=op.f('uq_reproductions_uid'))
    )
    op.create_table('runs',
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('reproduction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('target', sa.String(length=150), nullable=False),
    sa.Column('task', sa.String(length=20), nullable=False),
    sa.Column('student', sa.String(length=80), nullable=False),
    sa.Column('variation', sa.String(length=40), nullable=False),
    sa.Column('teacher', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('weak', sa.String(length=40), nullable=False),
    sa.Column('answer', sa.LargeBinary(length=32), nullable=True),
    sa.Column('predictions', sa.LargeBinary(), nullable=True),
    sa.Column('rows_right', sa.Integer(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('seconds', sa.Float(precision=53), nullable=True),
    sa.Column('received', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['reproduction'], ['reproductions.number'], name=op.f('fk_runs_reproduction')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_runs')),
    sa.UniqueConstraint('reproduction', 'position', name=op.f('uq_runs_reproduction_position'))
    )
    op.create_table('submissions',
    sa.Column('experiment', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('predictions', sa.LargeBinary(), nullable=False),
    sa.Column('dev_right', sa.Integer(), nullable=False),
    sa.Column('rank_right', sa.Integer(), nullable=False),
    sa.Column('remaining', sa.Integer(), nullable=False),
    sa.Column('received', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['experiment'], ['experiments.number'], name=op.f('fk_submissions_experiment')),
    sa.PrimaryKeyConstraint('experiment', 'seed', name=op.f('pk_submissions'))
    )
