"""Messages the bot was unsure of: one after the other with the keyboard, or as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from urllib.parse import urlencode

from aiohttp import web
from aiohttp_session import get_session
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.people.model import OrgUnit
from actions.teaching.commands import Changed, DecideReview, UndoReview
from actions.teaching.model import ReviewItem
from bot.clock import LOCAL_ZONE, local
from bot.console import pages
from bot.console.access import TEACHERS, check_page, community_ids, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.teaching.doing import back, carry_out, refusable, say
from bot.console.teaching.labels import Labels, load_labels
from bot.teaching.queries import Page, count_review, list_review

PAGE = "/console/teaching/review"
DECIDED = "teaching_reviewed"
MOST_GUESSES = 3
DECISIONS = ("confirm", "correct", "ignore")


@dataclass(frozen=True, slots=True)
class Guess:
    """A meaning to choose from. ``known``: sentences can be filed under it; ``by_staff``: staff took it for this."""

    value: str
    name: str
    percent: int | None
    known: bool
    by_staff: bool


async def show_review(request: web.Request) -> web.Response:
    """The first that is open, or the whole list."""
    check_page(viewer_of(request), TEACHERS)
    query, as_list = request.query, request.query.get("view") == "list"
    async with console_of(request).db.read() as db:
        ids = await community_ids(db, viewer_of(request))
        communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
        chosen = next((i for i in ids if str(i) == query.get("community")), ids[0] if ids else 0)
        number = query.get("page", "1")
        page = await list_review(db, chosen, page=int(number) if number.isascii() and number[:6].isdigit() else 1)
        item = None if as_list else await _item(db, chosen, query.get("item", ""), page)
        labels = await load_labels(db)
        context = {
            "labels": labels,
            "communities": communities,
            "chosen": chosen,
            "page": page,
            "doubt": item,
            "guesses": guesses_of(labels, item) if item else (),
            "counts": await count_review(db, chosen),
            "today": await _done_since(db, chosen, viewer_of(request).id, console_of(request).clock.now()),
            "undo_item": await _take_decided(request),
            "as_list": as_list,
            "guesses_of": lambda one: guesses_of(labels, one),
            "stay": f"{PAGE}?{urlencode({'community': chosen, **({'view': 'list'} if as_list else {})})}",
        }
    return await pages.render(request, "teaching/review_list.html" if as_list else "teaching/review.html", context)


async def _item(db: AsyncSession, community_id: int, wanted: str, page: Page) -> ReviewItem | None:
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 16:
        item = await db.get(ReviewItem, int(wanted))
        if item is not None and item.community_id == community_id and item.state == "open":
            return item
    return page.rows[0] if page.rows else None


async def _done_since(db: AsyncSession, community_id: int, staff_id: int, now: datetime) -> int:
    """How many this person has decided today."""
    start = datetime.combine(local(now).date(), time(0), LOCAL_ZONE)
    query = select(func.count()).where(
        ReviewItem.community_id == community_id, ReviewItem.done_by == staff_id, ReviewItem.done_at >= start
    )
    return await db.scalar(query) or 0


def guesses_of(labels: Labels, item: ReviewItem) -> Sequence[Guess]:
    """What it may mean: what the bot settled on, what staff made of it, what else the bot thought of."""
    own, staff = code_of(item.intent, item.category), code_of(item.staff_intent, item.staff_category)
    ranking: Mapping[str, float] = {own: item.confidence, **item.ranking}
    likely = sorted(ranking, key=lambda code: -ranking[code])
    ordered = dict.fromkeys(code for code in (own, staff, *likely) if code)
    choices = {choice.value for group in labels.groups for choice in group.labels}
    shown = [code for code in ordered if code in choices or code in (own, staff)]  # others nobody could choose
    return [
        Guess(
            code,
            labels.name(*code.partition("/")[::2]),
            round(float(ranking[code]) * 100) if code in ranking else None,
            code in choices,
            code == staff,
        )
        for code in shown[:MOST_GUESSES]
    ]


def code_of(intent: str, category: str) -> str:
    """As a label is called in forms."""
    return f"{intent}/{category}" if category else intent


async def _take_decided(request: web.Request) -> int | None:
    session = await get_session(request)
    value = session.pop(DECIDED) if DECIDED in session else None
    return value if isinstance(value, int) else None


@refusable
async def decide(request: web.Request) -> web.Response:
    """Confirm, correct or ignore, and on to the next."""
    form, item_id = await read_form(request), int(request.match_info["id"])
    decision = text_of(form, "decision", 12)
    if decision not in DECISIONS:
        raise InvalidInput("no such decision", phrase="console.bad_form")
    intent = category = ""
    if decision == "correct":
        async with console_of(request).db.read() as db:
            label = (await load_labels(db)).get(text_of(form, "label", 100)).label
        intent, category = label.intent, label.category
    text = text_of(form, "text", 600)
    command = DecideReview(viewer_of(request).id, item_id, decision, intent, category, text)
    changed: Changed = await carry_out(request, command)
    if changed.skipped:
        await say(request, "teaching.review.known", "warning")
    (await get_session(request))[DECIDED] = item_id
    return back(form.get("next"))


@refusable
async def undo_decision(request: web.Request) -> web.Response:
    """Back into the queue."""
    form, item_id = await read_form(request), int(request.match_info["id"])
    await carry_out(request, UndoReview(viewer_of(request).id, item_id))
    await say(request, "teaching.review.undone")
    next_page = str(form.get("next") or PAGE)
    return back(f"{next_page}{'&' if '?' in next_page else '?'}item={item_id}")
