"""What the page asks for besides the WebSocket: history, members, pictures, settings."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import update

from actions.people.model import Resident
from bot.channels.webchat.access import access_chat, access_line, get_chats
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import BadPicture, ChatRefused
from bot.channels.webchat.lines import load_chat_list, load_history, load_members
from bot.channels.webchat.pictures import (
    MAX_BYTES,
    add_picture,
    encode_in_thread,
    picture_id,
    picture_path,
    write_files,
)
from bot.channels.webchat.replies import json_reply
from bot.channels.webchat.signing import access_resident, check_origin
from bot.channels.webchat.wire import MAX_ID
from bot.storage.tables import Picture

MEGABYTE = 1024 * 1024


class Api:
    """Handlers of /api/chat/…; each asks who is there first."""

    def __init__(self, deps: WebChat) -> None:
        self._deps = deps

    async def groups(self, request: web.Request) -> web.StreamResponse:
        """The resident's chats, as in the welcome frame."""
        resident_id = await access_resident(self._deps, request)
        async with self._deps.db.read() as session:
            chats = await get_chats(session, resident_id)
            return json_reply({"chats": await load_chat_list(session, resident_id, chats)})

    async def history(self, request: web.Request) -> web.StreamResponse:
        """One page of lines before a line."""
        resident_id = await access_resident(self._deps, request)
        before = request.query.get("before", "")
        if before and not (before.isascii() and before.isdecimal() and int(before[:17]) <= MAX_ID):
            raise ChatRefused("bad_frame")
        async with self._deps.db.read() as session:
            chat = await access_chat(session, resident_id, _number(request, "chat_id"))
            lines, more = await load_history(session, chat.id, int(before) if before else None)
        return json_reply({"lines": lines, "more": more})

    async def members(self, request: web.Request) -> web.StreamResponse:
        """Who is in the chat."""
        resident_id = await access_resident(self._deps, request)
        async with self._deps.db.read() as session:
            chat = await access_chat(session, resident_id, _number(request, "chat_id"))
            return json_reply({"members": await load_members(session, chat.id)})

    async def settings(self, request: web.Request) -> web.StreamResponse:
        """Keep the size of the letters with the resident, for all devices."""
        check_origin(self._deps, request)
        resident_id = await access_resident(self._deps, request)
        try:
            data = await request.json()
        except (ValueError, LookupError, RecursionError):
            raise ChatRefused("bad_json") from None
        if not isinstance(data, dict) or type(data.get("big_text")) is not bool:
            raise ChatRefused("bad_frame")
        async with self._deps.db.write() as session:
            await session.execute(update(Resident).where(Resident.id == resident_id).values(big_text=data["big_text"]))
        return json_reply({"big_text": data["big_text"]})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take a picture as the body of the request; it can be sent in a message afterwards."""
        check_origin(self._deps, request)
        deps = self._deps
        resident_id = await access_resident(deps, request)
        encoded = await encode_in_thread(await _read_body(request))
        id_ = picture_id(encoded, resident_id)
        await asyncio.to_thread(write_files, deps.pictures, id_, encoded)
        async with deps.db.write() as session:
            resident = await session.get_one(Resident, resident_id)
            await add_picture(
                session,
                id_,
                encoded,
                community_id=resident.community_id,
                resident_id=resident_id,
                now=deps.clock.now(),
            )
        return json_reply({"id": id_, "width": encoded.width, "height": encoded.height}, 201)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A picture of a line, for who may see that line."""
        resident_id = await access_resident(self._deps, request)
        id_ = request.match_info["picture_id"]
        async with self._deps.db.read() as session:
            line = await access_line(session, resident_id, _number(request, "line_id"))
            kept = await session.get(Picture, id_)
        if kept is None or id_ not in line.pictures:
            raise ChatRefused("unknown_picture")
        path = picture_path(self._deps.pictures, id_, kept.kind, thumb="thumb" in request.query)
        if not path.is_file():
            raise ChatRefused("unknown_picture")
        headers = {
            "Content-Type": kept.kind,
            "Cache-Control": "private, no-cache",  # asked for again each time: the line may be recalled
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        }
        return web.FileResponse(path, headers=headers)


def _number(request: web.Request, name: str) -> int:
    number = int(request.match_info[name][:17])
    return min(number, MAX_ID)


async def _read_body(request: web.Request) -> bytes:
    """The body, given up as soon as it is too large. Raises BadPicture."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise BadPicture("picture_too_large", limit=MAX_BYTES // MEGABYTE)
    return bytes(body)
