"""A bulletin or a good deed is said by a notice, and follows what becomes of that: orders from room to room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.commands import NoteNotice
from actions.bulletins.model import GoodDeed
from actions.bulletins.tell import deed_words
from actions.notices.commands import Draft, RecallNotice, SubmitNotice
from actions.notices.model import Notice, NoticeState
from actions.outcome import Event
from bot.phrases import Phrases

_OVER = frozenset({NoticeState.RECALLED, NoticeState.REFUSED, NoticeState.DRAFT})


class BulletinConsequences:
    """What follows in the notices room. ``phrases``: how what is said is headed."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def say_bulletin(self, _session: AsyncSession, event: Event, _now: datetime) -> SubmitNotice:
        """The notice that carries a bulletin; a second person approves it there, where the rule says so."""
        data = event.data
        title = self._phrases.render(f"bulletin.title.{data['kind']}", {"title": data["title"]})
        text = self._phrases.render("bulletin.text", {"text": data["text"], "source": data["source"]})
        draft = Draft(title, text, tuple(data["unit_ids"]), about=data["about"])
        return SubmitNotice(
            event.community_id,
            data["staff_id"],
            draft,
            private_confirmed=data["private_confirmed"],
            slips_confirmed=data["slips_confirmed"],
            corrects_id=data["corrects_id"],
        )

    async def say_deed(self, session: AsyncSession, event: Event, _now: datetime) -> SubmitNotice:
        """The notice that carries a good deed, under the name that was agreed to."""
        data = event.data
        deed = await session.get_one(GoodDeed, data["deed_id"])
        words = deed_words(deed, self._phrases.render("deed.anonymous"))
        text = self._phrases.render("deed.text", {"text": words})
        draft = Draft(self._phrases.render("deed.title"), text, tuple(data["unit_ids"]), about=data["about"])
        # nothing private is left in it: it was masked when it was told
        return SubmitNotice(
            event.community_id,
            data["staff_id"],
            draft,
            private_confirmed=True,
            slips_confirmed=True,
            seconded=data["seconded"],
        )

    async def note_notice(self, _session: AsyncSession, event: Event, _now: datetime) -> NoteNotice:
        """What became of the notice."""
        data = event.data
        return NoteNotice(data["about"], data["notice_id"], data["state"], data["reason"])

    async def take_back(self, session: AsyncSession, event: Event, _now: datetime) -> RecallNotice | None:
        """Take the notice back, if it is still to come or has gone out."""
        notice = await session.get(Notice, event.data["notice_id"]) if event.data["notice_id"] else None
        if notice is None or notice.state in _OVER:
            return None
        reason = event.data.get("reason") or self._phrases.render("deed.taken_back")
        return RecallNotice(notice.id, None, reason)
