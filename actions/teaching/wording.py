"""Other words for what the bot says, and words that only people here know: both take effect at once."""

from __future__ import annotations

from datetime import datetime
from string import Formatter

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.inserting import insert_once, replace_row
from actions.outcome import Outcome
from actions.people.model import Level, OrgUnit
from actions.people.units import works_in
from actions.teaching.changes import NAMES, PHRASES, get_admin, touch
from actions.teaching.commands import AddLocalName, RemoveLocalName, ResetPhrase, SetPhrase
from actions.teaching.marks import tidy
from actions.teaching.model import LocalName, PhraseOverride
from actions.teaching.tools import Tools

LONGEST_PHRASE = 1000
KINDS = ("place", "activity")
SHORTEST_WORD, LONGEST_WORD = 2, 16


async def set_phrase(session: AsyncSession, command: SetPhrase, now: datetime, tools: Tools) -> Outcome:
    """Other words with the same fields."""
    await get_admin(session, command.staff_id)
    text = command.text.replace("\r\n", "\n").strip()
    check_phrase(_shipped(command.key, tools), text)
    event = await touch(session, PHRASES)
    values = {"key": command.key, "text": text, "changed_at": now, "changed_by": command.staff_id}
    await replace_row(session, PhraseOverride, values, ("key",))
    return Outcome(events=(event,), value=command.key)


async def reset_phrase(session: AsyncSession, command: ResetPhrase, now: datetime) -> Outcome:
    """The words that ship."""
    await get_admin(session, command.staff_id)
    event = await touch(session, PHRASES)
    await session.execute(delete(PhraseOverride).where(PhraseOverride.key == command.key))
    return Outcome(events=(event,), value=command.key)


def _shipped(key: str, tools: Tools) -> str:
    shipped = tools.shipped_phrase(key)
    if shipped is None:
        raise NotFound(f"phrase {key!r}", phrase="taught.error.no_phrase")
    return shipped


def check_phrase(shipped: str, text: str) -> None:
    """Raise InvalidInput unless the text can stand for the shipped one: same fields, written alike, not too long."""
    if not text or len(text) > LONGEST_PHRASE or "\x00" in text:
        raise InvalidInput("a phrase needs words", phrase="taught.error.phrase_length", most=LONGEST_PHRASE)
    try:
        same = fields_of(text) == fields_of(shipped)
    except ValueError as error:
        raise InvalidInput(f"phrase: {error}", phrase="taught.error.phrase_braces") from error
    if not same:
        names = "、".join("{" + name + "}" for name, _, _ in sorted(fields_of(shipped))) or "（没有）"
        raise InvalidInput("other fields", phrase="taught.error.phrase_fields", fields=names)


def fields_of(text: str) -> frozenset[tuple[str, str, str]]:
    """The fields in braces with their conversion and format. Raises ValueError for braces that do not match."""
    parts = Formatter().parse(text)
    return frozenset((name, kind or "", form or "") for _, name, form, kind in parts if name is not None)


async def add_local_name(session: AsyncSession, command: AddLocalName, now: datetime) -> Outcome:
    """A word for a place or an activity."""
    admin = await get_admin(session, command.staff_id)
    community = await session.get(OrgUnit, command.community_id)
    theirs = await works_in(session, admin, command.community_id)
    if community is None or community.level != Level.COMMUNITY or not theirs:
        raise NotFound(f"community {command.community_id}", phrase="taught.error.no_community")
    word = tidy(command.word)
    if command.kind not in KINDS or not SHORTEST_WORD <= len(word) <= LONGEST_WORD or not _is_name(word):
        raise InvalidInput(
            "a word of 2 to 16 characters", phrase="taught.error.local_name", least=SHORTEST_WORD, most=LONGEST_WORD
        )
    event = await touch(session, NAMES)
    key = {"community_id": community.id, "kind": command.kind, "word": word}
    values = {**key, "created_at": now, "created_by": command.staff_id}
    new = await insert_once(session, LocalName, values, tuple(key))
    known = select(LocalName.id).where(*(getattr(LocalName, name) == value for name, value in key.items()))
    return Outcome(events=(event,), value=new or await session.scalar(known))


def _is_name(word: str) -> bool:
    """Letters and signs people use in names, and not a mere number."""
    return all(c.isalnum() or c in "·-—（）() " for c in word) and not word.isdigit()


async def remove_local_name(session: AsyncSession, command: RemoveLocalName, now: datetime) -> Outcome:
    """Forget it, for the whole installation if it was only known here."""
    admin = await get_admin(session, command.staff_id)
    name = await session.get(LocalName, command.name_id)
    if name is None or not await works_in(session, admin, name.community_id):
        raise NotFound(f"local name {command.name_id}", phrase="taught.error.no_local_name")
    event = await touch(session, NAMES)
    await session.delete(name)
    return Outcome(events=(event,), value=name.id)
