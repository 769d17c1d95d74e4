"""What follows from shifts and has to be looked up elsewhere first: orders to the shifts room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.model import COMES, Activity, ActivityState, Signup
from actions.outcome import Event
from actions.shifts.commands import NoteClash, NoteHazards
from actions.shifts.model import Shift, ShiftSignup
from actions.tickets.model import JoinedReport, Ticket


async def find_clash(session: AsyncSession, event: Event, _now: datetime) -> NoteClash | None:
    """An activity that who signed up for a shift goes to at the same time."""
    shift = await session.get_one(Shift, event.data["shift_id"])
    resident_id = event.data["resident_id"]
    query = (
        select(Activity)
        .join(Signup, Signup.activity_id == Activity.id)
        .where(
            Signup.resident_id == resident_id,
            Signup.state.in_(COMES),
            Activity.state == ActivityState.OPEN,
            Activity.starts_at < shift.ends_at,
            Activity.ends_at > shift.starts_at,
        )
    )
    other = await session.scalar(query.order_by(Activity.starts_at).limit(1))
    return NoteClash(shift.id, resident_id, other.title, other.starts_at) if other is not None else None


async def gather_reports(session: AsyncSession, event: Event, _now: datetime) -> NoteHazards | None:
    """What somebody reported between checking in and out; never what was said in confidence."""
    signup = await session.get_one(ShiftSignup, event.data["signup_id"])
    shift = await session.get_one(Shift, signup.shift_id)
    if signup.checked_in_at is None:
        return None
    span = (signup.checked_in_at, signup.checked_out_at or shift.ends_at)
    who, here = signup.resident_id, signup.community_id
    opened = select(Ticket.id).where(
        Ticket.community_id == here, Ticket.reporter_id == who, Ticket.opened_at.between(*span)
    )
    joined = select(JoinedReport.ticket_id).where(
        JoinedReport.community_id == here, JoinedReport.resident_id == who, JoinedReport.at.between(*span)
    )
    mine = Ticket.id.in_(opened) | Ticket.id.in_(joined)
    found = await session.scalars(select(Ticket.id).where(mine, Ticket.confidential.is_(False)).order_by(Ticket.id))
    tickets = tuple(found)
    return NoteHazards(signup.id, tickets) if tickets else None
