"""Writes down who did what in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import StaffMember
from bot.storage.tables import AuditEvent


def add_audit(
    session: AsyncSession,
    staff: StaffMember | None,
    what: str,
    now: datetime,
    *,
    subject: str = "",
    **data: Any,
) -> None:
    """Add an entry in the caller's transaction. Never what residents said."""
    session.add(
        AuditEvent(
            community_id=staff.community_id if staff else None,
            at=now,
            staff_id=staff.id if staff else None,
            what=what,
            subject=subject[:96],
            data=data,
        )
    )
