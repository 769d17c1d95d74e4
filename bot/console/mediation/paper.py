"""The agreement on paper, in the form of the People's Mediation Law: to be printed, or as a Word file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.mediation.model import MediationCase
from actions.mediation.tell import party_mark, title_of
from actions.people.model import OrgUnit, StaffMember
from bot.clock import local
from bot.console import pages
from bot.console.mediation.reading import access_case
from bot.console.parts import Console, console_of
from bot.console.word_file import DOCX, Block, write_word
from bot.storage.queries_mediation import Version, find_version, list_party_rows


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs."""

    heading: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the paper, top to bottom."""

    title: str
    number: str
    sections: Sequence[Section]
    closing: Sequence[str]
    signatures: Sequence[str]


def _day(day: date | datetime) -> str:
    day = local(day).date() if isinstance(day, datetime) else day
    return f"{day.year}-{day.month:02d}-{day.day:02d}"


async def paper_of(db: AsyncSession, console: Console, case: MediationCase, version: Version) -> Paper:
    """Parties, facts, terms, how and by when it is performed, and room for names and the seal."""
    say = console.phrases.render
    rows = await list_party_rows(db, case)
    unit = await db.get(OrgUnit, case.community_id)
    mediator = await db.get(StaffMember, case.mediator_id) if case.mediator_id else None
    marks = {row.party.id: party_mark(row.party.number, console.rules) for row in rows}
    parties = [
        say(
            "console.paper.party",
            {
                "mark": marks[row.party.id],
                "name": row.called,
                "home": row.party.home or say("console.paper.blank"),
                "phone": row.party.phone or say("console.paper.blank"),
            },
        )
        for row in rows
    ]
    promises = [
        say("console.paper.promise", {"mark": marks[item.party_id], "what": item.what, "on": _day(item.due_on)})
        for item in version.items
    ]
    agreement = version.agreement
    way = [*([agreement.way] if agreement.way else []), *promises] or [say("console.paper.at_once")]
    names = {"community": unit.name if unit else "", "mediator": mediator.name if mediator else ""}
    return Paper(
        say("console.paper.title"),
        say("console.paper.number", {"community": names["community"], "ref": case.ref, "number": agreement.number}),
        (
            Section(say("console.paper.parties"), parties),
            Section(say("console.paper.facts"), [title_of(case, console.rules), *agreement.facts.splitlines()]),
            Section(say("console.paper.terms"), agreement.terms.splitlines()),
            Section(say("console.paper.way"), way),
        ),
        tuple(say(f"console.paper.closing.{number}", {"count": len(rows) + 1}) for number in (1, 2)),
        _signatures(console, version, [(row.party.number, marks[row.party.id]) for row in rows], names),
    )


def _signatures(
    console: Console, version: Version, parties: Sequence[tuple[int, str]], names: dict[str, str]
) -> tuple[str, ...]:
    """A line for each name; who has signed in the chat is named with the day, for the hand is still to come."""
    say, lines = console.phrases.render, []
    for number, mark in parties:
        signed = version.signatures.get(number)
        how = say(f"console.paper.signed.{signed.how}", {"on": _day(signed.at)}) if signed is not None else ""
        lines.append(say("console.paper.sign_party", {"mark": mark, "how": how}))
    own = version.signatures.get(0)
    how = say("console.paper.signed.console", {"on": _day(own.at)}) if own is not None else ""
    lines.append(say("console.paper.sign_mediator", {"name": names["mediator"], "how": how}))
    lines.append(say("console.paper.seal", {"community": names["community"]}))
    signed_at = version.agreement.signed_at
    lines.append(say("console.paper.day", {"on": _day(signed_at)}) if signed_at else say("console.paper.day_blank"))
    return tuple(lines)


def word_file(paper: Paper) -> bytes:
    """The paper as a Word file."""
    sections = [Block(section.lines, section.heading, indented=True) for section in paper.sections]
    blocks = [Block((paper.number,), centred=True), *sections, Block(paper.closing, indented=True)]
    return write_word(paper.title, [*blocks, Block(("", *paper.signatures))])


async def _access_paper(request: web.Request, db: AsyncSession) -> tuple[MediationCase, Paper]:
    """The mediator's at any time, the committee's (who keep a copy) once it is signed. Raises NotFound."""
    opened = await access_case(request, db)
    version = await find_version(db, opened.case, signed=not opened.inside)
    if version is None or not (opened.inside or opened.heads):
        raise NotFound("no agreement", phrase="console.no_such_page")
    return opened.case, await paper_of(db, console_of(request), opened.case, version)


async def show_paper(request: web.Request) -> web.Response:
    """To be looked at and printed."""
    async with console_of(request).db.read() as db:
        case, paper = await _access_paper(request, db)
    return await pages.render(request, "mediation/paper.html", {"paper": paper, "case": case})


async def download_paper(request: web.Request) -> web.Response:
    """As a Word file; its name says nothing about anybody."""
    async with console_of(request).db.read() as db:
        case, paper = await _access_paper(request, db)
    headers = {"Content-Disposition": f'attachment; filename="mediation-{case.ref}.docx"'}
    return web.Response(body=word_file(paper), content_type=DOCX, headers=headers)
