"""Groups that are made on a platform, where it lets an account do that."""

from __future__ import annotations

from aiohttp import web

from actions.errors import InvalidInput
from bot.channel_accounts import access_account
from bot.channels.base import Finding
from bot.console import pages, sessions
from bot.console.access import TEACHERS, check_page, community_ids, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of

LONGEST_NAME, LONGEST_ID, LONGEST_LIST = 50, 64, 4000


async def make_group(request: web.Request) -> web.Response:
    """Make one, and say what came of it."""
    form, console, viewer = await read_form(request), console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    async with console.db.read() as db:
        account = await access_account(db, int(request.match_info["id"]), await community_ids(db, viewer))
    name, owner = text_of(form, "name", LONGEST_NAME), text_of(form, "owner", LONGEST_ID)
    members = text_of(form, "members", LONGEST_LIST).replace(",", " ").replace("，", " ").split()
    if not name or not owner:
        raise InvalidInput("no name or nobody", phrase="console.bad_form")
    found = Finding("console.channel_test.no_groups_here", False)
    if console.group_maker is not None:
        found = await console.group_maker.make_group(account.id, name, owner, members)
    said = console.phrases.render(found.phrase, found.params)
    if found.good:
        async with console.db.write() as db:
            add_audit(db, viewer.staff, "channel_group_made", console.clock.now(), subject=f"channel:{account.id}")
        await sessions.add_flash(request, said)
    answer = pages.piece(request, "channels/test.html", {"said": [(found.good, said)]})
    if found.good:
        answer.headers["HX-Refresh"] = "true"  # the page shows it among the groups
    return answer
