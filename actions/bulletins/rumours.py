""" "网传…是真的吗": the bulletin that has said what is true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import DeedTools
from actions.bulletins.commands import AskRumour
from actions.bulletins.model import Bulletin, BulletinState
from actions.bulletins.tell import source_words
from actions.outcome import NOTHING_FITS, Button, Outcome, Reply
from actions.routing.rules import Rules

STILL_ASKED = timedelta(days=180)
MOST = 200  # bulletins looked at, the youngest
ENOUGH, SHARED = 0.5, 2  # of the pairs of characters that a question is made of
SHOWN = 240  # characters of a bulletin in an answer
_SAYS_NOTHING = re.compile(
    r"网[上络]?[传说]|听说|据说|有人[说传]?|群里[说传]?|都在[说传]|朋友圈|抖音|传言|谣传|谣言|真的?[吗嘛么]?|假的?|属实|有这?回?事[吗嘛么]?"
    r"|是不是|有没有|我们?|咱们?|小区|社区|这边|附近|昨天|今天|昨晚|最近|小邻|请问|请|一下|[的了吗呢吧啊呀是在说有被]|\W"
)


async def ask_rumour(
    session: AsyncSession, command: AskRumour, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Point to it; without one nothing fits, or (``answered``) an honest word that nobody has said anything yet."""
    recent = Bulletin.published_at > now - STILL_ASKED
    query = select(Bulletin).where(
        Bulletin.community_id == command.community_id, Bulletin.state == BulletinState.PUBLISHED, recent
    )
    found = find_match(command.text, (await session.scalars(query.order_by(Bulletin.id.desc()).limit(MOST))).all())
    if found is None and not command.answered:
        return Outcome(value=NOTHING_FITS)
    if found is None:
        return Outcome((Reply("bulletin.no_word_yet", buttons=(Button("button.person", "person"),)),))
    text = found.text if len(found.text) <= SHOWN else f"{found.text[:SHOWN]}…"
    params = {"title": found.title, "text": text, "source": source_words(found, rules)}
    return Outcome((Reply(f"bulletin.rumour.{found.kind}", params),), value=found.id)


def find_match(question: str, bulletins: Sequence[Bulletin]) -> Bulletin | None:
    """The bulletin that the question is most about, the youngest of equals; None where none surely is."""
    best, best_share = None, 0.0
    asked = pairs(_SAYS_NOTHING.sub(" ", question))
    for one in bulletins:
        share = share_of(asked, one, question)
        if share > best_share:
            best, best_share = one, share
    return best


def share_of(asked: frozenset[str], bulletin: Bulletin, question: str) -> float:
    """How much of a question the bulletin speaks of, 0 to 1; one of its own words is all of it."""
    if any(len(word) > 1 and word in question for word in re.split(r"[\s,，、;；]+", bulletin.words)):
        return 1.0
    shared = asked & pairs(f"{bulletin.title} {bulletin.text}")
    if len(shared) < SHARED or len(shared) < ENOUGH * len(asked):
        return 0.0
    return len(shared) / len(asked) * 0.99


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, none across blanks and signs."""
    return frozenset(part[n : n + 2] for part in re.split(r"\W+", text) for n in range(len(part) - 1))
