"""care plans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import actions.base

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "care_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_care_plan_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("community_id", "kind", name=op.f("uq_care_plan_community_id_kind")),
    )
    op.create_table(
        "care_start",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("at", actions.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["care_plan.id"], name=op.f("fk_care_start_plan_id_care_plan")),
        sa.ForeignKeyConstraint(["round_id"], ["care_round.id"], name=op.f("fk_care_start_round_id_care_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_start")),
        sa.UniqueConstraint("plan_id", "due_at", name=op.f("uq_care_start_plan_id_due_at")),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("care_start")
    op.drop_table("care_plan")
