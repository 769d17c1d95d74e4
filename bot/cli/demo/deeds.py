"""The demo's good deeds and official bulletins: told, agreed to, approved; one deed and one bulletin still wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.bulletins import commands as b
from actions.errors import ActionError
from actions.notices.commands import DecideNotice
from actions.notices.model import Notice
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.outbox import Outbox


async def load_deeds(parts: Parts, outbox: Outbox, data: Mapping[str, Any], cast: Cast) -> None:
    """Through the real commands. Raises StoryWrong."""
    try:
        for number, one in enumerate(data["deeds"]):
            await _tell(parts, number, one, cast)
        for number, one in enumerate(data["bulletins"]):
            await _announce(parts, number, one, cast)
    except (KeyError, ValueError, TypeError, ActionError) as wrong:
        raise StoryWrong(f"deeds.yml: {wrong!r}") from wrong
    while await outbox.deliver_due("demo"):
        pass  # whoever is praised is asked


async def _tell(parts: Parts, number: int, one: Mapping[str, Any], cast: Cast) -> None:
    run = parts.performer.run
    who = cast.residents[one["who"]] if "how" not in one else None  # they have said yes to staff already
    written = b.WriteDeed(
        cast.community_id, cast.staff[one["by"]], one["text"], one["who"], f"demo:{number}", nominee_id=who
    )
    deed = (await run(written)).value
    if who is None:
        await run(b.RecordConsent(deed, cast.staff[one["by"]], "nick", one["who"], one["how"]))
        await run(b.ApproveDeed(deed, cast.staff[one["approves"]]))


async def _announce(parts: Parts, number: int, one: Mapping[str, Any], cast: Cast) -> None:
    said = b.SubmitBulletin(
        cast.community_id, cast.staff[one["by"]], one["kind"], one["title"], one["text"], one["issuer"],
        parts.clock.now(), f"demo:{number}", words=one.get("words", ""),
    )  # fmt: skip
    bulletin = (await parts.performer.run(said)).value
    if "approves" not in one:
        return
    async with parts.db.read() as session:
        notice = (await session.scalars(select(Notice.id).where(Notice.about == f"bulletin:{bulletin}"))).one()
    await parts.performer.run(DecideNotice(notice, cast.staff[one["approves"]], True))
