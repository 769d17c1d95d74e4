"""open messages in turn"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('todo', 'doing')")


def upgrade() -> None:
    """Bring the tables forward."""
    op.drop_index('ix_inbox_open', table_name='inbox')
    op.create_index('ix_inbox_turn', 'inbox', ['id'], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index('ix_inbox_turn', table_name='inbox')
    op.create_index('ix_inbox_open', 'inbox', ['state', 'available_at'], sqlite_where=OPEN, postgresql_where=OPEN)
