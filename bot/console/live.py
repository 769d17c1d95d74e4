"""Server-sent events: tickets that change, who else looks at one, lines of the staff group."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp_session import get_session

from actions.mediation.moves import ROLES
from actions.tickets.model import Ticket
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, community_ids, find_viewer, viewer_of
from bot.console.handoffs.hearing import events_of
from bot.console.parts import Console, console_of
from bot.live import chat_topic, desk_topic
from bot.storage.queries import find_ticket, has_changed
from bot.storage.queries_chat import list_staff_lines
from bot.storage.queries_handoffs import handoffs_changed

BEAT_S = 15.0  # also how often it is asked again whether this person may still look
GONE_AFTER_BEATS = 3
MOST_WAITING = 200
PAUSE_S = 1.0  # between two calls to ask anew: a page that asks at every line of a bad night helps nobody
STREAMS = web.AppKey("streams", set)


@dataclass(slots=True, eq=False)
class Stream:
    """One open page."""

    viewer: Viewer
    communities: list[int]
    ticket: Ticket | None
    queue: asyncio.Queue[tuple[str, Mapping[str, Any]] | None]
    others: dict[int, tuple[str, int]] = field(default_factory=dict)  # staff id → name, beat last seen
    beat: int = 0
    called: dict[str, float] = field(default_factory=dict)  # event → when the page was last told to ask anew
    owed: set[str] = field(default_factory=set)  # events that came since: the last of a burst must not be lost

    @property
    def ticket_id(self) -> int | None:
        return self.ticket.id if self.ticket is not None else None

    def hear(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Called by the feed; must not block. A page that does not keep up reloads by its next event."""
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait((topic, payload))

    def stop(self) -> None:
        """End it now."""
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(None)


def set_up_live(app: web.Application) -> None:
    """Keep the open streams, so that a stopping server need not wait for them."""
    app[STREAMS] = set()
    app.on_shutdown.append(_stop_all)


async def _stop_all(app: web.Application) -> None:
    for stream in app[STREAMS]:
        stream.stop()


async def stream(request: web.Request) -> web.StreamResponse:
    """Events for one page, until it is closed or its reader may look no longer.

    The page says when it was made (``since``, ISO 8601) and which ``version`` of which ``ticket`` it shows: what came
    between that and the listening, or while the line was broken, is told first.
    """
    console, viewer = console_of(request), viewer_of(request)
    ticket_id = _number(request.query.get("ticket", ""))
    async with console.db.read() as db:
        communities = await community_ids(db, viewer)
        ticket = await find_ticket(db, viewer.area, ticket_id) if ticket_id is not None else None
    page = Stream(viewer, communities, ticket, asyncio.Queue(MOST_WAITING))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    stops = await _listen(console, page)  # before the answer begins: whoever sees it begin misses nothing
    request.app[STREAMS].add(page)
    try:
        await response.prepare(request)
        await response.write(b"retry: 3000\n\n")
        await _catch_up(request, response, page)
        await _pump(request, response, page)
    except (ConnectionResetError, asyncio.CancelledError):
        pass  # the page was closed
    finally:
        request.app[STREAMS].discard(page)
        for stop in stops:
            stop()
        await _say_presence(console, page, "gone")
    return response


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


async def _catch_up(request: web.Request, response: web.StreamResponse, page: Stream) -> None:
    """Tell what the page cannot know. Called when listening has begun, so nothing falls between."""
    since, version = _instant(request.query.get("since", "")), _number(request.query.get("version", ""))
    async with console_of(request).db.read() as db:
        stirred = since is not None and await has_changed(db, page.viewer.area, since)
        works = page.viewer.role in WORKERS
        waited = since is not None and works and await handoffs_changed(db, page.viewer.area, since)
        ticket = await find_ticket(db, page.viewer.area, page.ticket_id) if page.ticket_id is not None else None
    if stirred:
        await response.write(_event("tickets", ""))
        await response.write(_event("staffchat", ""))
    if waited:
        await response.write(_event("handoffs", ""))
    for name in ("notices", "surveys", "ballots"):
        if request.query.get(name) and since is not None:  # answers may have come since; the page asks anew
            await response.write(_event(name, ""))
    if ticket is not None and version is not None and ticket.version != version:
        await _stir(response, page, "mine")
        await response.write(_event("changed", pages.render_part(request, "live_changed.html", {"ticket": ticket})))


async def _listen(console: Console, page: Stream) -> list[Callable[[], None]]:
    topics = [desk_topic(community_id) for community_id in page.communities]
    async with console.db.read() as db:
        for community_id in page.communities:
            chat, _ = await list_staff_lines(db, community_id)
            if chat is not None:
                topics.append(chat_topic(chat.id))
    return [console.live.listen(topic, page.hear) for topic in topics]


async def _pump(request: web.Request, response: web.StreamResponse, page: Stream) -> None:
    console = console_of(request)
    await _say_presence(console, page, "here", ask=True)
    while True:
        await _pay(response, page)
        try:
            async with asyncio.timeout(PAUSE_S if page.owed else BEAT_S):
                heard = await page.queue.get()
        except TimeoutError:
            if page.owed:
                continue
            if not await _may_still_look(request, page):
                return
            page.beat += 1
            await _say_presence(console, page, "here")
            await response.write(b": beat\n\n")
            await _forget_gone(request, response, page)
            continue
        if heard is None:
            return
        await _tell(request, response, page, *heard)


async def _stir(response: web.StreamResponse, page: Stream, name: str) -> None:
    """Let the page ask anew: at once, or at the end of the pause after the last time."""
    page.owed.add(name)
    await _pay(response, page)


async def _pay(response: web.StreamResponse, page: Stream) -> None:
    now = asyncio.get_running_loop().time()
    for name in sorted(page.owed):
        if now - page.called.get(name, -PAUSE_S) >= PAUSE_S:
            page.owed.discard(name)
            page.called[name] = now
            await response.write(_event(name, ""))


async def _may_still_look(request: web.Request, page: Stream) -> bool:
    console, session = console_of(request), await get_session(request)
    staff_id = sessions.staff_id_of(session, console.clock.now())
    if staff_id is None:
        return False
    async with console.db.read() as db:
        viewer = await find_viewer(db, staff_id) if not await sessions.is_ended(db, session) else None
    if viewer is None or not sessions.is_current(session, viewer.staff):
        return False
    page.viewer = viewer
    return True


async def _tell(
    request: web.Request, response: web.StreamResponse, page: Stream, topic: str, payload: Mapping[str, Any]
) -> None:
    if topic.startswith("chat:"):
        await _stir(response, page, "staffchat")
    elif payload.get("name") == "TicketViewed":
        await _tell_presence(request, response, page, payload)
    elif payload.get("community_page"):  # these events may name a notice, too
        await _stir(response, page, "community")
    elif isinstance(payload.get("notice_id"), int):  # the page asks anew, and is given what is theirs to see
        await _stir(response, page, "notices")
    elif isinstance(payload.get("survey_id"), int) or isinstance(payload.get("poll_id"), int):
        await _stir(response, page, "surveys")
    elif isinstance(payload.get("ballot_id"), int):
        await _stir(response, page, "ballots")
    elif isinstance(payload.get("activity_id"), int):
        await _stir(response, page, "activities")
    elif isinstance(payload.get("case_id"), int):
        if page.viewer.role in ROLES:  # the page asks anew, and is given what is theirs to see
            await _stir(response, page, "mediation")
    elif isinstance(payload.get("handoff_id"), int):
        for name, html in await events_of(request, page.viewer, payload):
            await response.write(_event(name, html))
    elif isinstance(payload.get("ticket_id"), int):
        await _tell_ticket(request, response, page, payload)


async def _tell_ticket(
    request: web.Request, response: web.StreamResponse, page: Stream, payload: Mapping[str, Any]
) -> None:
    """Only of tickets that this person may see."""
    console, ticket_id = console_of(request), payload["ticket_id"]
    async with console.db.read() as db:
        ticket = await find_ticket(db, page.viewer.area, ticket_id)
    if ticket is None:
        return
    await _stir(response, page, "tickets")
    context = {"ticket": ticket, "name": str(payload.get("name", "")), "page_ticket": page.ticket_id}
    if ticket_id == page.ticket_id:
        await _stir(response, page, "mine")
        await response.write(_event("changed", pages.render_part(request, "live_changed.html", context)))
    elif _is_for(page.viewer, payload) or ticket.team_id == page.viewer.staff.team_id:
        await response.write(_event("toast", pages.render_part(request, "live_toast.html", context)))


def _is_for(viewer: Viewer, payload: Mapping[str, Any]) -> bool:
    """A new ticket is for everybody who may see it, a call for the one who is called."""
    called = payload.get("name") == "StaffPaged" and payload.get("staff_id") == viewer.id
    return called or payload.get("name") == "TicketOpened"


async def _say_presence(console: Console, page: Stream, state: str, *, ask: bool = False) -> None:
    """Tell other pages of that ticket that we look at it, or no longer do."""
    if page.ticket is None:
        return
    said = {
        "name": "TicketViewed",
        "viewed": page.ticket.id,
        "staff_id": page.viewer.id,
        "staff_name": page.viewer.staff.name,
        "state": state,
        "ask": ask,
    }
    await console.live.publish(desk_topic(page.ticket.community_id), said)


async def _tell_presence(
    request: web.Request, response: web.StreamResponse, page: Stream, payload: Mapping[str, Any]
) -> None:
    if page.ticket_id is None or payload["viewed"] != page.ticket_id or payload["staff_id"] == page.viewer.id:
        return
    staff_id, known = payload["staff_id"], dict(page.others)
    if payload["state"] == "gone":
        page.others.pop(staff_id, None)
    else:
        page.others[staff_id] = (payload["staff_name"], page.beat)
    if payload["ask"]:
        await _say_presence(console_of(request), page, "here")
    if known.keys() != page.others.keys():
        await _write_presence(request, response, page)


async def _forget_gone(request: web.Request, response: web.StreamResponse, page: Stream) -> None:
    """A page that died without a word is forgotten after a few beats."""
    still = {i: seen for i, seen in page.others.items() if page.beat - seen[1] < GONE_AFTER_BEATS}
    if len(still) != len(page.others):
        page.others = still
        await _write_presence(request, response, page)


async def _write_presence(request: web.Request, response: web.StreamResponse, page: Stream) -> None:
    names = [name for name, _ in page.others.values()]
    await response.write(_event("presence", pages.render_part(request, "live_presence.html", {"names": names})))


def _event(name: str, html: str) -> bytes:
    """One server-sent event; every line of the text becomes a data line."""
    data = "".join(f"data: {line}\n" for line in html.strip().splitlines()) or "data: \n"
    return f"event: {name}\n{data}\n".encode()
