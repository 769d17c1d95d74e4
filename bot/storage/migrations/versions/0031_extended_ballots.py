"""extended ballots"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import actions.base

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_end", actions.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("why_longer", sa.String(length=200), server_default="", nullable=False))


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_column("why_longer")
        batch_op.drop_column("first_end")
