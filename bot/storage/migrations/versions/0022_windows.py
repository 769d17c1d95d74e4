"""windows in which followers of an Official Account may be written to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import actions.base

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "channel_window",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("noticed_at", actions.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_window")),
        sa.UniqueConstraint("account_id", "external_id", name=op.f("uq_channel_window_account_id_external_id")),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("channel_window")
