"""reports of the same fault: who joined whose ticket, what may be the same, what was merged"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import actions.base

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fault', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('crowd', sa.Integer(), nullable=False, server_default='0'))
        batch_op.create_index('ix_ticket_fault', ['community_id', 'fault', 'status'], unique=False)

    with op.batch_alter_table('follower', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reported', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('via_ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

    op.create_table('joined_report',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('community_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', actions.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('service', sa.String(length=48), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('place', sa.JSON(), nullable=False),
    sa.Column('pictures', sa.JSON(), nullable=False),
    sa.Column('chat_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('understanding', sa.JSON(), nullable=False),
    sa.Column('parted_at', actions.base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_joined_report_resident_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_joined_report_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_joined_report'))
    )
    with op.batch_alter_table('joined_report', schema=None) as batch_op:
        batch_op.create_index('ix_joined_report_ticket', ['community_id', 'ticket_id'], unique=False)

    op.create_table('likeness',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('community_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('found_at', actions.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', actions.base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['other_id'], ['ticket.id'], name=op.f('fk_likeness_other_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_likeness_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_likeness')),
    sa.UniqueConstraint('ticket_id', 'other_id', name=op.f('uq_likeness_ticket_id_other_id'))
    )
    with op.batch_alter_table('likeness', schema=None) as batch_op:
        batch_op.create_index('ix_likeness_other', ['other_id'], unique=False)

    op.create_table('merging',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('community_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', actions.base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('undone_at', actions.base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['into_id'], ['ticket.id'], name=op.f('fk_merging_into_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_merging_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merging'))
    )
    with op.batch_alter_table('merging', schema=None) as batch_op:
        batch_op.create_index('ix_merging_into', ['into_id'], unique=False)
        batch_op.create_index('ix_merging_ticket', ['ticket_id'], unique=False)


def downgrade() -> None:
    """Take them back."""
    for table in ('merging', 'likeness', 'joined_report'):
        op.drop_table(table)
    with op.batch_alter_table('follower', schema=None) as batch_op:
        batch_op.drop_column('via_ticket_id')
        batch_op.drop_column('reported')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_fault')
        batch_op.drop_column('crowd')
        batch_op.drop_column('fault')
