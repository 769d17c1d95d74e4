"""What admins do with channels. Each is written down, never with a secret."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.model import OrgUnit
from bot.channel_accounts import (
    AccountForm,
    access_account,
    change_account,
    give_group,
    open_account,
    retire_account,
    speak_for,
    take_group,
)
from bot.channels.kinds import KINDS, ONEBOT, Kind
from bot.console import pages, sessions
from bot.console.access import TEACHERS, Viewer, check_page, community_ids, viewer_of
from bot.console.audit import add_audit
from bot.console.channels.listing import render_list, render_one
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words
from bot.messages import ChatKind
from bot.secret_box import SecretBox
from bot.storage.channels import TOPIC
from bot.storage.tables_channels import ChannelAccount

LONGEST = 200


def read_account_form(kind: Kind, form: Mapping[str, Any]) -> AccountForm:
    """What a form says. Raises InvalidInput."""
    return AccountForm(
        name=text_of(form, "name", LONGEST),
        mode=text_of(form, "mode", 16),
        url=text_of(form, "url", 2 * LONGEST),
        external_id=text_of(form, "number", LONGEST),
        secrets={name: text_of(form, name, 2 * LONGEST) for name in kind.secrets},
        switches={name: form.get(name) == "yes" for name in kind.switches},
        texts={name: text_of(form, name, longest) for name, longest in kind.texts.items()},
    )


def kind_of(form: Mapping[str, Any]) -> Kind:
    """The platform a form is about. Raises InvalidInput."""
    code = text_of(form, "kind", LONGEST) or ONEBOT.code
    if code not in KINDS:
        raise InvalidInput("no such channel", phrase="console.bad_form")
    return KINDS[code]


async def add(request: web.Request) -> web.Response:
    """Connect another account; a token that was left empty is made up and shown this once."""
    form, console, viewer = await read_form(request), console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    made = ""
    try:
        kind = kind_of(form)
        wanted = read_account_form(kind, form)
        if wanted.mode == "reverse" and not wanted.secrets["token"]:
            made = secrets.token_urlsafe(24)
            wanted = AccountForm(wanted.name, wanted.mode, secrets={"token": made}, switches=wanted.switches)
        async with console.db.write() as db:
            community_id = await _own_community(db, viewer, number_of(form, "community"))
            account = await open_account(db, _box(console), community_id, kind.code, wanted, console.clock.now())
            _note(db, viewer, account, "channel_added", console)
    except NotFound:
        raise
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        hidden = {"csrf", *(name for kind in KINDS.values() for name in kind.secrets)}
        typed = {name: value for name, value in form.items() if name not in hidden}
        return await render_list(request, typed, status=422)
    said = "added_token" if made else "added" if kind is ONEBOT else f"added_{kind.code}"
    return await _done(request, account.id, f"console.channel.{said}", token=made)


async def change(request: web.Request) -> web.Response:
    """Other settings; secrets only where new ones were typed."""
    form, console, viewer = await read_form(request), console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    try:
        async with console.db.write() as db:
            account = await _account(request, db, viewer)
            wanted = read_account_form(KINDS[account.kind], form)
            fresh = await change_account(db, _box(console), account, wanted)
            _note(db, viewer, account, "channel_secrets_changed" if fresh else "channel_changed", console)
    except NotFound:
        raise
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await render_one(request, status=422)
    return await _done(request, account.id, "console.channel.changed_secrets" if fresh else "console.channel.changed")


async def set_state(request: web.Request) -> web.Response:
    """Pause, go on, give up."""
    form, console, viewer = await read_form(request), console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    what, now = text_of(form, "do", 8), console.clock.now()
    async with console.db.write() as db:
        account = await _account(request, db, viewer)
        match what:
            case "pause":
                account.paused_at = account.paused_at or now
            case "resume":
                account.paused_at = None
            case "retire":
                await retire_account(db, account, now)
            case "dial":
                account.state, account.state_at = "waiting", now
            case _:
                raise InvalidInput("unknown", phrase="console.bad_form")
        said = {"pause": "paused", "resume": "resumed", "retire": "retired", "dial": "dialled"}[what]
        _note(db, viewer, account, f"channel_{said}", console)
    return await _done(request, None if what == "retire" else account.id, f"console.channel.{said}")


async def test(request: web.Request) -> web.Response:
    """Try it out now, and say what was found."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    async with console.db.read() as db:
        account = await _account(request, db, viewer)
    found = await console.tester.test(account.id) if console.tester is not None else ()
    said = [(one.good, console.phrases.render(one.phrase, one.params)) for one in found]
    return pages.piece(request, "channels/test.html", {"said": said})


async def place_group(request: web.Request) -> web.Response:
    """Give a group to a community or a part of it, or to none."""
    form, console, viewer = await read_form(request), console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    community, _, area = text_of(form, "place", 32).partition(":")
    group_id, now = int(request.match_info["group"]), console.clock.now()
    said, params = "console.channel.taken", {}
    try:
        async with console.db.write() as db:
            account = await _account(request, db, viewer)
            if not community:
                group = await take_group(db, account, group_id)
            elif community == "group":
                heard = number_of({"n": area}, "n") or 0
                group = await speak_for(db, account, group_id, heard, await community_ids(db, viewer))
                said = "console.channel.speaks_for"
            else:
                community_id = await _own_community(db, viewer, number_of({"n": community}, "n"))
                unit = await db.get_one(OrgUnit, community_id)
                given = number_of({"n": area}, "n")
                of = ChatKind.STAFF if area == "staff" else ChatKind.GROUP
                group = await give_group(db, account, group_id, community_id, given, now, of=of)
                said = "console.channel.given_staff" if of is ChatKind.STAFF else "console.channel.given"
                params = {"community": unit.name}
            params["group"] = group.name or group.external_id
            _note(db, viewer, account, "channel_group_placed", console, group=group.external_id, place=community)
    except NotFound:
        raise
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await render_one(request, status=422)
    return await _done(request, account.id, said, **params)


async def _account(request: web.Request, db: AsyncSession, viewer: Viewer) -> ChannelAccount:
    return await access_account(db, int(request.match_info["id"]), await community_ids(db, viewer))


async def _own_community(db: AsyncSession, viewer: Viewer, wanted: int | None) -> int:
    ids = await community_ids(db, viewer)
    if wanted not in ids:
        raise NotFound(f"community {wanted}", phrase="console.no_such_page")
    return wanted


def _box(console: Console) -> SecretBox:
    if console.box is None:
        raise NotFound("no channels here", phrase="console.no_such_page")
    return console.box


def _note(db: AsyncSession, viewer: Viewer, account: ChannelAccount, what: str, console: Console, **more: str) -> None:
    add_audit(db, viewer.staff, what, console.clock.now(), subject=f"channel:{account.id}", **more)


async def _done(request: web.Request, account_id: int | None, phrase: str, **params: str) -> web.Response:
    console = console_of(request)
    await console.live.publish(TOPIC, {})
    await sessions.add_flash(request, console.phrases.render(phrase, params))
    return pages.redirect(f"/console/channels/{account_id}" if account_id else "/console/channels")
