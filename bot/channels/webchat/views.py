"""Pages of the resident: the way in and the chat itself."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from typing import Any

import segno
from aiohttp import web

from actions.people.model import Resident
from bot.channels.webchat.access import find_members, open_own_private_chat
from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import ChatRefused
from bot.channels.webchat.joining import (
    ELSEWHERE,
    MAX_NICKNAME,
    Invitation,
    Joining,
    JoinRefused,
    check_joining,
    find_invitation,
    find_invited_chat,
    join_group,
    open_resident,
)
from bot.channels.webchat.limits import Buckets
from bot.channels.webchat.replies import headers, load_templates, page
from bot.channels.webchat.signing import check_origin, find_owner, find_resident, keep_token, make_token
from bot.live import OUTBOX, resident_topic

JOINS_A_MINUTE = 20  # new residents from one address: a meeting in the hall may all come by the same network


class Pages:
    """Handlers of the pages."""

    def __init__(self, deps: WebChat) -> None:
        self._deps = deps
        self._templates = load_templates()
        self._salt, self._joins = secrets.token_bytes(16), Buckets(JOINS_A_MINUTE)

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The chat for who is signed in, else how to come in."""
        if await find_resident(self._deps, request) is not None:
            raise web.HTTPFound("/chat")
        return page(request, self._templates, "start.html", lost=False)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """The single page."""
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            raise web.HTTPFound("/")
        async with self._deps.db.write() as session:
            resident = await session.get_one(Resident, resident_id)
            await open_own_private_chat(session, resident, self._deps.clock.now())
        return page(request, self._templates, "chat.html", resident=resident)

    async def invited(self, request: web.Request) -> web.StreamResponse:
        """The join page of an invite; a member goes straight to the group."""
        invitation = await self._invitation(request)
        if invitation is None:
            return self._lost(request)
        resident = await self._resident(request)
        if resident is not None and await self._is_member(invitation, resident.id):
            raise web.HTTPFound(f"/chat#{invitation.chat.id}")
        return self._form(request, invitation, resident)

    async def join(self, request: web.Request) -> web.StreamResponse:
        """Take the form; show it again with what is missing."""
        check_origin(self._deps, request)
        invitation = await self._invitation(request)
        if invitation is None:
            return self._lost(request)
        form = await _read_form(request)
        resident = await self._resident(request)
        if resident is not None:  # known already: only the consent is asked for
            form |= {"nickname": resident.nickname, "home": ELSEWHERE}
        try:
            joining = check_joining(form, invitation.homes)
            self._check_often(request, resident)
        except JoinRefused as refused:
            message = self._deps.phrases.render(refused.phrase, refused.params)
            return self._form(request, invitation, resident, values=form, error=message)
        return await self._enter(invitation, resident.id if resident else None, joining)

    def _check_often(self, request: web.Request, resident: Resident | None) -> None:
        """Raise JoinRefused where one address brings in more new people than a meeting of neighbours would."""
        address = hash((self._salt, request.remote))  # kept for a moment only, and as nothing that says whose it was
        if resident is None and not self._joins.try_take(address, self._deps.clock.now()):
            raise JoinRefused("too_often")

    async def known(self, request: web.Request) -> web.Response:
        """A personal link: signs this browser in, unless somebody is signed in already."""
        token = request.match_info["token"]
        if await find_owner(self._deps, token) is None:
            return self._lost(request)
        response = web.Response(status=303, headers={"Location": "/chat"})
        if await find_resident(self._deps, request) is None:
            keep_token(response, token, secure=self._deps.settings.public_url.startswith("https:"))
        return response

    async def qr(self, request: web.Request) -> web.StreamResponse:
        """The invite as a QR code, to be printed and hung up in the stairwell."""
        invite = request.match_info["invite"]
        async with self._deps.db.read() as session:
            chat = await find_invited_chat(session, invite)
        if chat is None:
            raise web.HTTPNotFound
        out = io.BytesIO()
        segno.make(f"{self._deps.settings.public_url}/j/{invite}", error="m").save(out, kind="svg", scale=8, border=4)
        return web.Response(body=out.getvalue(), content_type="image/svg+xml", headers=headers(request))

    async def _enter(self, invitation: Invitation, known: int | None, joining: Joining) -> web.Response:
        deps, chat = self._deps, invitation.chat
        now = deps.clock.now()
        response = web.Response(status=303, headers={"Location": f"/chat#{chat.id}"})
        async with deps.db.write() as session:
            if known is None:
                resident = await open_resident(session, joining, chat.community_id, now)
                token = make_token(session, resident.id, now)
                keep_token(response, token, secure=deps.settings.public_url.startswith("https:"))
            else:
                resident = await session.get_one(Resident, known)
            await join_group(session, chat, resident, deps.phrases, now)
        await deps.live.publish(resident_topic(resident.id), {"type": "joined", "chat_id": chat.id})
        await deps.live.publish(OUTBOX, {})
        return response

    async def _invitation(self, request: web.Request) -> Invitation | None:
        async with self._deps.db.read() as session:
            return await find_invitation(session, request.match_info["invite"])

    async def _resident(self, request: web.Request) -> Resident | None:
        resident_id = await find_resident(self._deps, request)
        if resident_id is None:
            return None
        async with self._deps.db.read() as session:
            return await session.get(Resident, resident_id)

    async def _is_member(self, invitation: Invitation, resident_id: int) -> bool:
        async with self._deps.db.read() as session:
            return bool(await find_members(session, invitation.chat.id, {resident_id}))

    def _form(
        self,
        request: web.Request,
        invitation: Invitation,
        resident: Resident | None,
        *,
        values: Mapping[str, Any] | None = None,
        error: str = "",
    ) -> web.Response:
        return page(
            request,
            self._templates,
            "join.html",
            status=400 if error else 200,
            invitation=invitation,
            resident=resident,
            values=values or {},
            error=error,
            elsewhere=ELSEWHERE,
            max_nickname=MAX_NICKNAME,
        )

    def _lost(self, request: web.Request) -> web.Response:
        return page(request, self._templates, "start.html", status=404, lost=True)


async def _read_form(request: web.Request) -> dict[str, str]:
    """The texts of the form. Raises ChatRefused for what no browser sends."""
    try:
        form = await request.post()
    except (ValueError, LookupError, AssertionError):  # bytes that are no text, parts without end
        raise ChatRefused("bad_form") from None
    return {name: value for name, value in form.items() if isinstance(value, str)}
