"""Loads the demo in one transaction: people, a week of their history, the file with the accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Level, OrgUnit
from bot.bootstrap import build_jobs, choose_parser, open_parts
from bot.cli.demo.accounts import FILE, describe, keep
from bot.cli.demo.activities import load_activities
from bot.cli.demo.ballots import load_ballots
from bot.cli.demo.deeds import load_deeds
from bot.cli.demo.errors import CannotLoad, DemoLoaded, StoryWrong
from bot.cli.demo.held import HeldDatabase
from bot.cli.demo.helping import load_helping, load_watch
from bot.cli.demo.hours import load_hours
from bot.cli.demo.notices import load_notices
from bot.cli.demo.people import PRIVATE, load_people
from bot.cli.demo.player import Player, find_private_chats
from bot.cli.demo.proposals import load_proposals
from bot.cli.demo.roster import load_roster
from bot.cli.demo.story import Beat, end_of_story, read_story
from bot.cli.demo.surveys import load_surveys
from bot.clock import FixedClock, SystemClock
from bot.errors import UnderstandError
from bot.messages import ChatKind, Message
from bot.outbox import Outbox
from bot.settings import Settings
from bot.storage.migrate import check_version
from bot.understand.understanding import Understander
from bot.understanding import Understanding
from nlu.model.entities import extract

_FILES = (
    *("community.yml", "history.yml", "activities.yml", "notices.yml", "hours.yml", "proposals.yml", "ballots.yml"),
    *("surveys.yml", "deeds.yml", "helping.yml"),
)
_FOUNDED = timedelta(days=30)  # before the end of the story: everybody has been here for a while


async def load(settings: Settings, now: datetime | None = None) -> str:
    """Load the demo into an empty, migrated database; the accounts as text. Raises LinanError.

    All of it is one transaction, so an interrupted load leaves nothing and may simply be run again.
    """
    now = now or SystemClock().now()
    community, history, activities, notices, hours, consulting, *rest = _read(settings.data / "demo")
    ballots, asked, deeds, helping = rest
    end = end_of_story(now)
    beats = read_story(history, end)
    clock, db = FixedClock(end - _FOUNDED), HeldDatabase(settings.database)
    async with open_parts(settings, clock, db=db) as parts:
        await check_version(db.engine)
        understandings = await _understand(settings, beats)
        async with db.hold() as session:
            await _check_empty(session, settings, community["district"])
            cast = await load_people(parts, community)
            cast.private = await find_private_chats(session, cast)
            outbox = Outbox(parts.db, clock, parts.live, {}, group_rate=settings.group_rate)
            await load_hours(parts, clock, outbox, hours, cast, end)
            await load_proposals(parts, clock, outbox, consulting["before"], cast, end)
            await load_surveys(parts, clock, outbox, asked["before"], cast, end)
            await load_activities(parts, clock, outbox, activities, cast, end)
            await load_watch(parts, clock, outbox, helping["watch"], cast, end)
            player = Player(parts, clock, build_jobs(parts), outbox, cast, understandings)
            await player.play(beats, end)
            await load_proposals(parts, clock, outbox, consulting["after"], cast, end)
            await load_ballots(parts, outbox, ballots, cast)
            await load_surveys(parts, clock, outbox, asked["after"], cast, end)
            await load_helping(parts, clock, outbox, helping, cast, end)
            await player.finish(now)
            await load_roster(parts, community, cast, now)
            await load_notices(parts, outbox, notices, cast)
            await load_deeds(parts, outbox, deeds, cast)
            kept_in = settings.var / FILE
            text = describe(cast.accounts, cast.invites, cast.tokens, settings.public_url, kept_in)
            # before the commit: an account nobody knows the password of would be of no use
            keep(text, kept_in)
    return text


def _read(folder: Path) -> Sequence[Any]:
    """What stands in each file, in their order."""
    try:
        texts = [(folder / name).read_text("utf-8") for name in _FILES]
        return [yaml.safe_load(text) for text in texts]
    except (OSError, yaml.YAMLError) as error:
        raise StoryWrong(f"cannot read the demo in {folder}: {error}") from error


async def _check_empty(session: AsyncSession, settings: Settings, district: str) -> None:
    top = (await session.scalars(select(OrgUnit.name).where(OrgUnit.level == Level.DISTRICT))).all()
    if district in top:
        raise DemoLoaded(f"the demo is loaded already; its accounts are in {settings.var / FILE}")
    if top:
        raise CannotLoad(
            "the database is in use: the demo goes into an empty one only. "
            "Set LINAN_VAR (or LINAN_DATABASE_URL) to another place and run `python -m bot migrate` first"
        )


async def _understand(settings: Settings, beats: Sequence[Beat]) -> dict[str, Mapping[str, Any]]:
    """What the model makes of the words that open each matter; nothing where there is no model yet."""
    try:
        parser, _ = choose_parser(settings)
    except UnderstandError:
        return {}
    opening = [beat for beat in beats if beat.act == "open"]
    messages = [Message(n, 0, 0, _kind(beat), 0, beat.who, beat.says, beat.at) for n, beat in enumerate(opening)]
    results = await Understander(parser, extract).understand(messages)
    return {
        beat.matter: result.as_json()
        for beat, result in zip(opening, results, strict=True)
        if isinstance(result, Understanding)
    }


def _kind(beat: Beat) -> ChatKind:
    return ChatKind.PRIVATE if beat.chat == PRIVATE else ChatKind.GROUP
