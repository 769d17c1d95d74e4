"""Pages of the time bank: what waits to be confirmed, the shop, statements, and whether the books come out."""

from __future__ import annotations

import io
import secrets

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.ledger.access import DESKS, HEADS, WRITERS
from actions.ledger.book import find_account
from actions.ledger.lots import list_lots
from actions.ledger.model import ClaimState, EntryKind, OrderState, TimeAccount, TimeClaim
from actions.ledger.proof import check_books
from actions.ledger.rules import LedgerRules
from actions.ledger.shop import list_items
from actions.ledger.standing import given_by
from actions.ledger.tell import Line, list_lines, signed_words, what_words
from actions.people.model import Resident, Role
from bot.console import pages
from bot.console.access import check_page, community_ids, viewer_of
from bot.console.figures_sheet import EXCEL
from bot.console.parts import console_of
from bot.console.pictures import picture_file
from bot.storage.queries_ledger import list_claims, list_holders, list_honours, list_open_gifts, list_orders

AUDITORS = DESKS | {Role.SUPERVISOR}
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")


def rules_of(request: web.Request) -> LedgerRules:
    """The rule table."""
    rules = console_of(request).hours
    if rules is None:
        raise NotFound("no time bank", phrase="console.no_such_page")
    return rules


async def show_claims(request: web.Request) -> web.Response:
    """What waits for staff, what waits for residents, and the form."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    check_page(viewer, WRITERS)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
        disputed = await list_claims(db, here, ClaimState.DISPUTED)
        waiting = await list_claims(db, here, ClaimState.STAFF)
        asked = await list_claims(db, here, ClaimState.RESIDENT)
        holders = await list_holders(db, here) if viewer.role in DESKS else []
    kinds = [k for k in rules.kinds.values() if viewer.role in k.confirms or viewer.role == Role.ADMIN]
    context = {
        "disputed": disputed,
        "waiting": waiting,
        "asked": asked,
        "holders": holders,
        "kinds": kinds,
        "mine": {k.code for k in kinds},
        "rules": rules,
        "today": rules.today(console.clock.now()),
        "number": secrets.token_urlsafe(12),
        "at_desk": viewer.role in DESKS,
    }
    return await pages.render(request, "ledger/claims.html", context)


async def show_evidence(request: web.Request) -> web.StreamResponse:
    """A picture that a resident gave beside their hours. Raises NotFound: elsewhere it is not there."""
    console, viewer, picture = console_of(request), viewer_of(request), request.match_info["picture"]
    check_page(viewer, WRITERS)
    async with console.db.read() as db:
        claim = await db.get(TimeClaim, int(request.match_info["id"]))
        here = (await community_ids(db, viewer))[0]
    if claim is None or claim.community_id != here or picture not in claim.pictures:
        raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture)


async def show_shop(request: web.Request) -> web.Response:
    """What is to be handed over, and what the shop has."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    check_page(viewer, DESKS)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
        open_ones = await list_orders(db, here, OrderState.OPEN)
        items = await list_items(db, here, all_of_them=True)
    return await pages.render(request, "ledger/shop.html", {"orders": open_ones, "items": items, "rules": rules})


async def show_books(request: web.Request) -> web.Response:
    """账目核对: everything is counted anew while the page is made. And the honours, with who has agreed."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    check_page(viewer, AUDITORS)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
        proof = await check_books(db, here)
        gifts = await list_open_gifts(db, here) if viewer.role in HEADS else []
        honours = await list_honours(db, here, published=viewer.role == Role.SUPERVISOR)
    context = {
        "proof": proof,
        "gifts": gifts,
        "honours": honours,
        "rules": rules,
        "is_head": viewer.role in HEADS,
        "is_desk": viewer.role in DESKS,
        "number": secrets.token_urlsafe(12),
    }
    return await pages.render(request, "ledger/books.html", context)


async def show_statement(request: web.Request) -> web.Response:
    """All that moved in one resident's account."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    async with console.db.read() as db:
        resident, account = await _access_account(request, db)
        lines = await list_lines(db, account.id)
        lots = await list_lots(db, account.id)
        given = await given_by(db, account)
    context = {
        "resident": resident,
        "account": account,
        "lines": lines,
        "lots": lots,
        "given": given,
        "tier": rules.tier_of(given),
        "rules": rules,
        "what_words": what_words,
        "signed_words": signed_words,
        "is_head": viewer.role in HEADS,
        "never": {EntryKind.REVERSE, EntryKind.EXCHANGE, EntryKind.GIFT, EntryKind.RECEIVE},
    }
    return await pages.render(request, "ledger/statement.html", context)


async def download_statement(request: web.Request) -> web.Response:
    """The same as a workbook."""
    console, rules = console_of(request), rules_of(request)
    async with console.db.read() as db:
        resident, account = await _access_account(request, db)
        lines = await list_lines(db, account.id)
    say = console.phrases.render
    heads = [say(f"console.ledger.column.{name}") for name in ("day", "what", "minutes", "balance", "text")]
    body = write_statement(guard_cell(resident.nickname), heads, lines, rules)
    headers = {"Content-Disposition": f'attachment; filename="statement-{resident.id}.xlsx"'}
    return web.Response(body=body, content_type=EXCEL, headers=headers)


async def _access_account(request: web.Request, db: AsyncSession) -> tuple[Resident, TimeAccount]:
    """Raises NotFound: elsewhere, and for those who are no desk, it is not there."""
    viewer = viewer_of(request)
    check_page(viewer, DESKS)
    here = (await community_ids(db, viewer))[0]
    resident = await db.get(Resident, int(request.match_info["id"]))
    account = await find_account(db, here, resident.id) if resident is not None else None
    if resident is None or resident.community_id != here or account is None:
        raise NotFound("no such account", phrase="console.no_such_page")
    return resident, account


def guard_cell(text: str) -> str:
    """Keep a spreadsheet from running what somebody wrote."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_statement(title: str, heads: list[str], lines: list[Line], rules: LedgerRules) -> bytes:
    """Minutes as numbers that can be counted with."""
    from openpyxl import Workbook  # large, and seldom needed

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([title])
    sheet.append(heads)
    for line in lines:
        day = rules.today(line.entry.at).isoformat()
        sheet.append([day, what_words(line, rules), line.minutes, line.balance, guard_cell(line.entry.text)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
