"""The community's own rules: versions, what was said to each paragraph, what differs, and their adoption."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.proposals import commands as p
from actions.proposals.convention_model import Convention, ConventionVersion, ParagraphComment
from actions.proposals.conventions import LONGEST_PARAGRAPH, MOST_PARAGRAPHS
from actions.proposals.finding import DESKS, HEADS
from bot.clock import local
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.proposals.reading import access_convention, instant_of, rules_of
from bot.console.ticket_forms import refusal_words
from bot.proposals.differences import compare
from bot.storage.queries_proposals import list_comments, list_conventions, list_versions

LONGEST = MOST_PARAGRAPHS * (LONGEST_PARAGRAPH + 2)


async def show_conventions(request: web.Request) -> web.Response:
    """All of them, and the form for a new one."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        rows = await list_conventions(db, await community_ids(db, viewer))
    return await pages.render(
        request, "proposals/conventions.html", {"rows": rows, "at_desk": viewer.role in DESKS, "longest": LONGEST}
    )


def paragraphs_of(text: str) -> tuple[str, ...]:
    """A paragraph each line."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


async def make_new(request: web.Request) -> web.Response:
    """The first draft of a new one."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, DESKS)
    try:
        async with console.db.read() as db:
            here = (await community_ids(db, viewer))[0]
        text = paragraphs_of(text_of(form, "text", LONGEST))
        outcome = await console.performer.run(p.WriteConvention(here, viewer.id, text, text_of(form, "title", 100)))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect("/console/proposals/conventions")
    async with console.db.read() as db:
        version = await db.get_one(ConventionVersion, outcome.value)
    await sessions.add_flash(request, console.phrases.render("console.convention.write"))
    return pages.redirect(f"/console/proposals/conventions/{version.convention_id}")


async def show_convention(request: web.Request) -> web.Response:
    """The newest version with what differs from the one before, or the one that is asked for."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    async with console.db.read() as db:
        convention = await access_convention(request, db)
        versions = await list_versions(db, convention.id)
        wanted = request.query.get("version", "")
        version = next((one for one in versions if str(one.number) == wanted), versions[0])
        base = next((one for one in versions if one.number == version.number - 1), None)
        comments = await list_comments(db, version.id)
    until = local(console.clock.now()) + timedelta(days=14)
    context = {
        "convention": convention,
        "versions": versions,
        "version": version,
        "base": base,
        "compared": compare(base.paragraphs if base else version.paragraphs, version.paragraphs),
        "comments": comments,
        "rules": rules,
        "at_desk": viewer.role in DESKS,
        "heads": viewer.role in HEADS,
        "newest": version is versions[0],
        "longest": LONGEST,
        "until": f"{until:%Y-%m-%dT18:00}",
        "opens": f"{local(console.clock.now()) + timedelta(days=1):%Y-%m-%dT09:00}",
        "closes": f"{local(console.clock.now()) + timedelta(days=8):%Y-%m-%dT18:00}",
    }
    return await pages.render(request, "proposals/convention.html", context)


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        convention = await access_convention(request, db)
    do = text_of(form, "do", 16)
    try:
        await console.performer.run(await _command(request, convention, do, form))
        await sessions.add_flash(request, console.phrases.render(f"console.convention.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/proposals/conventions/{convention.id}")


async def _command(request: web.Request, convention: Convention, do: str, form: Any) -> Any:
    who = viewer_of(request).id
    match do:
        case "write":
            text = paragraphs_of(text_of(form, "text", LONGEST))
            return p.WriteConvention(convention.community_id, who, text, convention_id=convention.id)
        case "open":
            version = await _its_version(request, convention, number_of(form, "version") or 0)
            return p.OpenConvention(version, who, instant_of(form, "until", "convention.bad.until"))
        case "reply" | "hide":
            comment = await _its_comment(request, convention, number_of(form, "comment") or 0)
            return p.SettleComment(comment, who, text_of(form, "text", 300), do == "hide")
        case "vote":
            version = await _its_version(request, convention, number_of(form, "version") or 0)
            opens = instant_of(form, "opens", "proposal.bad.vote_times")
            closes = instant_of(form, "closes", "proposal.bad.vote_times")
            counting, rule = text_of(form, "counting", 12), text_of(form, "rule", 40)
            return p.AdoptByVote(version, who, counting, rule, bool(form.get("secret")), opens, closes)
        case _:
            raise InvalidInput("no such button", phrase="console.bad_form")


async def _its_version(request: web.Request, convention: Convention, version_id: int) -> int:
    async with console_of(request).db.read() as db:
        version = await db.get(ConventionVersion, version_id)
    if version is None or version.convention_id != convention.id:
        raise NotFound("of another", phrase="console.no_such_page")
    return version.id


async def _its_comment(request: web.Request, convention: Convention, comment_id: int) -> int:
    async with console_of(request).db.read() as db:
        comment = await db.get(ParagraphComment, comment_id)
    if comment is not None:
        await _its_version(request, convention, comment.version_id)
        return comment.id
    raise NotFound("no such comment", phrase="console.no_such_page")
