"""Before and after of a repair: shown only where its reporter has agreed and staff have chosen it. And who may read."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import HEADS, DeedTools, access_resident, access_staff, check_text, lock_row
from actions.bulletins.commands import AnswerPicture, OfferPicture, RemovePicture, SetPublicPage
from actions.bulletins.model import CommunityPage, RepairPicture
from actions.bulletins.tell import changed, press, tell
from actions.errors import MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import Event, Outcome
from actions.routing.rules import Rules

LONGEST_CAPTION = 40


async def offer_picture(
    session: AsyncSession, command: OfferPicture, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Ask the reporter; of one ticket they are asked once."""
    await access_staff(session, command.staff_id, command.community_id, HEADS)
    await access_resident(session, command.community_id, command.resident_id)
    caption = tools.scrub(check_text(command.caption, LONGEST_CAPTION, empty="deed.caption"))
    values = {
        "community_id": command.community_id,
        "ticket_id": command.ticket_id,
        "resident_id": command.resident_id,
        "before": command.before,
        "after": command.after,
        "caption": caption,
        "state": "asked",
        "staff_id": command.staff_id,
        "asked_at": now,
    }
    picture_id = await insert_once(session, RepairPicture, values, ("ticket_id",))
    if picture_id is None:
        raise MoveRefused("asked already", phrase="deed.picture_asked")
    buttons = (press("show", "show", picture_id), press("hide", "hide", picture_id))
    ask = tell(
        command.resident_id, command.community_id, "deed.picture", key=f"picture:{picture_id}", buttons=buttons,
        caption=caption,
    )  # fmt: skip
    return Outcome((ask,), (_changed(command.community_id),), picture_id)


async def answer_picture(
    session: AsyncSession, command: AnswerPicture, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Whatever they say last holds, until staff have taken it away."""
    picture = await lock_row(session, RepairPicture, command.picture_id)
    if picture.resident_id != command.resident_id:
        raise NotFound(f"picture {command.picture_id}", phrase="deed.none_such")
    if picture.state == "removed":
        return Outcome(value=picture.id)
    picture.state, picture.answered_at = "shown" if command.agrees else "declined", now
    await session.flush()
    phrase = "deed.picture_shown" if command.agrees else "deed.picture_hidden"
    reply = tell(picture.resident_id, picture.community_id, phrase, immediate=True)
    return Outcome((reply,), (_changed(picture.community_id),), picture.id)


async def remove_picture(
    session: AsyncSession, command: RemovePicture, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Staff take it off the page."""
    picture = await lock_row(session, RepairPicture, command.picture_id)
    await access_staff(session, command.staff_id, picture.community_id, HEADS)
    picture.state = "removed"
    await session.flush()
    return Outcome(events=(_changed(picture.community_id),), value=picture.id)


async def set_public_page(
    session: AsyncSession, command: SetPublicPage, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """An old link never opens again. ``value``: the new one's token, or ""."""
    await access_staff(session, command.staff_id, command.community_id, HEADS)
    token = secrets.token_urlsafe(12) if command.public else ""
    page = await session.get(CommunityPage, command.community_id, with_for_update=True)
    if page is None:
        page = CommunityPage(community_id=command.community_id)
        session.add(page)
    page.token, page.staff_id, page.changed_at = token, command.staff_id, now
    await session.flush()
    return Outcome(events=(_changed(command.community_id),), value=token)


def _changed(community_id: int) -> Event:
    return changed("CommunityPageChanged", community_id)
