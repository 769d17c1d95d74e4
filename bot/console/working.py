"""Working in a chat of one's own: the code that proves who one is, what is told there, and leaving it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.people.link_commands import EndStaffLink, MakeStaffCode, SetStaffWants
from actions.people.link_model import StaffLink
from actions.people.model import Resident
from bot.console import pages, sessions
from bot.console.access import viewer_of
from bot.console.audit import add_audit
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.messages import ChatKind
from bot.storage.tables import Chat

BACK = "/console/account"


async def list_own_chats(session: AsyncSession, staff_id: int) -> Sequence[tuple[StaffLink, str, str]]:
    """The chats somebody works in: the link, the platform and what they are called there."""
    query = (
        select(StaffLink, Chat.channel, Resident.nickname)
        .join(Resident, Resident.id == StaffLink.resident_id)
        .outerjoin(Chat, (Chat.resident_id == StaffLink.resident_id) & (Chat.kind == ChatKind.PRIVATE))
        .where(StaffLink.staff_id == staff_id)
        .order_by(StaffLink.id)
    )
    found = (await session.execute(query)).tuples()
    return [(link, (channel or "web").partition(":")[0], nickname) for link, channel, nickname in found]


async def make_code(request: web.Request) -> web.Response:
    """A fresh code, shown once."""
    return await _run(request, MakeStaffCode(viewer_of(request).id), "staff_code", "console.work.code")


async def change_chat(request: web.Request) -> web.Response:
    """Another choice of what is told in one's chats, or the end of one of them."""
    viewer, form = viewer_of(request), await read_form(request)
    link_id = number_of(form, "end")
    if link_id is not None:
        return await _run(request, EndStaffLink(viewer.id, link_id=link_id), "staff_unlinked", "console.work.ended")
    wants = SetStaffWants(viewer.id, text_of(form, "wants", 8))
    return await _run(request, wants, "staff_wants", "console.work.wants_saved")


async def _run(request: web.Request, command: object, what: str, done: str) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    try:
        if viewer.role == "supervisor":
            raise InvalidInput("supervisors only look", phrase="work.not_for_you")
        now = console.clock.now()
        async with console.db.write() as db:
            outcome = await console.performer.perform(db, command, now)
            add_audit(db, viewer.staff, what, now)
        await console.performer.tell(outcome.events)
        params = {"code": outcome.value} if isinstance(outcome.value, str) else {}
        await sessions.add_flash(request, console.phrases.render(done, params))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(BACK)
