"""bots of WeCom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import actions.base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WIDER = ("channel_group", "channel_person")


def upgrade() -> None:
    """Bring the tables forward."""
    for table in WIDER:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                "external_id", existing_type=sa.String(length=40), type_=sa.String(length=64), existing_nullable=False
            )
    op.create_table(
        "channel_spend",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat", sa.String(length=80), nullable=False),
        sa.Column("at", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_spend")),
    )
    with op.batch_alter_table("channel_spend", schema=None) as batch_op:
        batch_op.create_index("ix_channel_spend_chat", ["account_id", "chat", "at"], unique=False)
    op.create_table(
        "wecom_turn",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said", sa.String(length=160), nullable=False),
        sa.Column("req_id", sa.String(length=256), nullable=False),
        sa.Column("stream_id", sa.String(length=48), nullable=False),
        sa.Column("sealed_url", sa.LargeBinary(), nullable=True),
        sa.Column("url_used_at", actions.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handed", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("heard_at", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_at", actions.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", actions.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_wecom_turn_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wecom_turn")),
        sa.UniqueConstraint("chat_id", "said", name=op.f("uq_wecom_turn_chat_id_said")),
        sa.UniqueConstraint("stream_id", name=op.f("uq_wecom_turn_stream_id")),
    )
    with op.batch_alter_table("wecom_turn", schema=None) as batch_op:
        batch_op.create_index("ix_wecom_turn_heard", ["account_id", "heard_at"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("wecom_turn", schema=None) as batch_op:
        batch_op.drop_index("ix_wecom_turn_heard")
    op.drop_table("wecom_turn")
    with op.batch_alter_table("channel_spend", schema=None) as batch_op:
        batch_op.drop_index("ix_channel_spend_chat")
    op.drop_table("channel_spend")
    for table in WIDER:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                "external_id", existing_type=sa.String(length=64), type_=sa.String(length=40), existing_nullable=False
            )
