"""How each address of the console is asked: a form good enough to be done, on something made for it.

An address without numbers and forms needs no entry. The key is a case of ``tests/support/access_rows.py``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import func, select

from actions.emergencies.commands import AddShift, EndAlarm, StartRollCall
from actions.emergencies.model import Alarm, AlarmReport, AlarmState, DutyShift, RollCallEntry
from actions.knowledge.model import Guide
from actions.routing.model import DutyChange
from actions.tickets.commands import Where
from actions.tickets.model import JoinedReport, Likeness, Ticket
from bot.storage.tables import ChatMessage, InboxRow, OutboxRow
from bot.web import console_of
from tests.support.access_town import Ask, Town
from tests.support.console import PASSWORD
from tests.support.world import START

Make = Callable[[Town], Awaitable[Ask]]
GONE = 999_999
ELEVATOR, FRAUD = "service_request/elevator", "safety_tip/fraud"
FAR = Where("8", "1")
SHIFT = {"day": "2026-11-18", "from": "08:00", "to": "20:00", "turn": "1", "days": "1", "note": "榆树旁边交接"}
LINE = {"services": "service_request/pest", "place": "3栋", "at_grid": "police", "at_community": "committee"}
GUIDE = {
    "title": "快递代收", "questions": "快递能放社区吗", "answer": "槐树下的大厅可以代收小件快递。", "details": "",
    "source": "社区公告", "source_on": "2026-11-01", "valid_until": "2027-11-01", "owner": "committee", "area": "",
}  # fmt: skip
MOVES = {
    "take": {"move": "take"},
    "withdraw": {"move": "withdraw"},
    "settle": {"move": "settle", "text": "归物业管"},
}


# --- tickets


async def near(town: Town, text: str = "松树这边电梯停了", **more: Any) -> Ticket:
    return await town.office.open(text, ELEVATOR, **more)


async def far(town: Town, text: str = "柏树那边电梯停了") -> Ticket:
    return await near(town, text, where=FAR)


async def secret(town: Town, text: str = "柳树下有骗子打电话", **more: Any) -> Ticket:
    """Told in confidence by somebody whose name only those who work on it learn."""
    return await town.office.open(text, FRAUD, who="莫声张", **more)


def on_ticket(
    open_one: Callable[[Town], Awaitable[Ticket]], path: str = "", form: Mapping[str, Any] | None = None, **more: Any
) -> Make:
    """A form of a ticket's page."""

    async def make(town: Town) -> Ask:
        ticket = await open_one(town)
        missing = Ask(f"/tickets/{GONE}{path}", form or {}, **more)
        return Ask(f"/tickets/{ticket.id}{path}", form or {}, missing, **more)

    return make


async def at_level(town: Town, level: str) -> Ticket:
    """A ticket that has climbed so far."""
    ticket = await near(town)
    while ticket.level != level:
        ticket = await town.office.move(ticket, "escalate")
    return ticket


async def at_community(town: Town) -> Ticket:
    return await at_level(town, "community")


async def at_street(town: Town) -> Ticket:
    return await at_level(town, "street")


async def returned_twice(town: Town) -> Ticket:
    ticket = await near(town)
    for _ in range(2):
        ticket = await town.office.move(ticket, "return", reason="not_ours")
    return ticket


async def make_picture(town: Town) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (32, 32), "green").save(drawn, "PNG")
    save = console_of(town.office.parts).save_picture
    assert save is not None
    return await save(drawn.getvalue(), town.here.community_id, town.person("steward").id)


def picture_of(open_one: Callable[..., Awaitable[Ticket]]) -> Make:
    async def make(town: Town) -> Ask:
        picture = await make_picture(town)
        ticket = await open_one(town, pictures=(picture,))
        return Ask(f"/tickets/{ticket.id}/pictures/{picture}", missing=Ask(f"/tickets/{GONE}/pictures/{picture}"))

    return make


async def same(town: Town) -> Ask:
    older, newer = await near(town), await near(town)
    row = Likeness(community_id=town.here.community_id, ticket_id=newer.id, other_id=older.id, found_at=START)
    likeness = await town.add(row)
    form = {"same": "no"}
    return Ask(f"/tickets/{older.id}/same/{likeness.id}", form, Ask(f"/tickets/{GONE}/same/{likeness.id}", form))


async def part(town: Town) -> Ask:
    ticket = await near(town)
    values = {"community_id": ticket.community_id, "ticket_id": ticket.id, "service": ELEVATOR, "text": "我家也是"}
    place, who = {"building": "3", "unit": "2"}, town.here.residents["老李"]
    row = JoinedReport(**values, resident_id=who, at=START, place=place, chat_id=town.here.groups["东区群"])
    path = f"reports/{(await town.add(row)).id}/part"
    return Ask(f"/tickets/{ticket.id}/{path}", missing=Ask(f"/tickets/{GONE}/{path}"))


# --- duty and alarms


async def shift(town: Town) -> DutyShift:
    """The steward is on duty now."""
    steward, admin = town.person("steward").id, town.person("admin").id
    here, length = town.here.community_id, timedelta(hours=4)
    await town.do(AddShift(here, here, steward, START - length, START + length, admin))
    found: DutyShift = await town.newest(DutyShift)
    return found


def on_shift(path: str, form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        filled = {**(form or {}), "staff_id": town.person("committee").id}
        return Ask(f"/duty/{(await shift(town)).id}{path}", filled, Ask(f"/duty/{GONE}{path}", filled))

    return make


async def new_shift(town: Town) -> Ask:
    form = {**SHIFT, "staff_id": town.person("steward").id}
    return Ask("/duty", {**form, "community": town.community}, Ask("/duty", {**form, "community": GONE}))


async def alarm(town: Town, where: Where = Where("3")) -> Alarm:
    """A fire that nobody has answered; those before are over, so that it is one of its own."""
    ringing = select(Alarm.id).where(Alarm.state != AlarmState.ENDED)
    for one in await town.office.rows(ringing):
        report = await town.newest(AlarmReport, AlarmReport.alarm_id == one)
        await town.do(EndAlarm(report.ticket_id, town.person("admin").id))
    await town.office.open("着火了", "emergency/fire", emergency="fire", where=where)
    found: Alarm = await town.newest(Alarm)
    return found


def on_alarm(path: str = "", form: Mapping[str, Any] | None = None, where: Where = Where("3")) -> Make:
    async def make(town: Town) -> Ask:
        one = await alarm(town, where)
        filled = {**(form or {}), "building_id": await town.unit("3栋")}
        return Ask(f"/alarms/{one.id}{path}", filled, Ask(f"/alarms/{GONE}{path}", filled))

    return make


async def door(town: Town) -> Ask:
    one = await alarm(town)
    report = await town.newest(AlarmReport, AlarmReport.alarm_id == one.id)
    await town.do(StartRollCall(report.ticket_id, await town.unit("3栋"), town.person("admin").id))
    form = {"entry_id": (await town.newest(RollCallEntry)).id, "word": "safe"}
    return Ask(f"/alarms/{one.id}/door", form, Ask(f"/alarms/{GONE}/door", form))


# --- what was not delivered, what was not handled


async def undelivered(town: Town) -> OutboxRow:
    row = OutboxRow(
        community_id=town.here.community_id, chat_id=town.here.groups["东区群"], channel="webchat", state="failed",
        body={"text": "桂树小区停水通知"}, due_at=START, created_at=START,
    )  # fmt: skip
    kept: OutboxRow = await town.add(row)
    return kept


async def resend(town: Town) -> Ask:
    return Ask(f"/deliveries/{(await undelivered(town)).id}/resend", missing=Ask(f"/deliveries/{GONE}/resend"))


async def retry(town: Town) -> Ask:
    here, chat = town.here.community_id, town.here.groups["东区群"]
    said = ChatMessage(community_id=here, chat_id=chat, sender="resident", text="电梯", sent_at=START)
    message = await town.add(said)
    row = InboxRow(community_id=here, chat_id=chat, message_id=message.id, conversation=f"{chat}:1", state="failed",
                   accepted_at=START, available_at=START)  # fmt: skip
    kept = await town.add(row)
    return Ask(f"/deliveries/arrivals/{kept.id}/retry", missing=Ask(f"/deliveries/arrivals/{GONE}/retry"))


# --- the responsibility list


def list_of_ours(path: str, **more: Any) -> Make:
    """A page for the community that the address names."""

    async def make(town: Town) -> Ask:
        return Ask(f"{path}?community={town.community}", missing=Ask(f"{path}?community={GONE}"), **more)

    return make


def as_it_stands(path: str, missing: str = "") -> Make:
    """An address with a number that is always there."""

    async def make(town: Town) -> Ask:
        return Ask(path, missing=Ask(missing) if missing else None)

    return make


def on_list(given: str, form: Mapping[str, Any]) -> Make:
    """A form that changes our list, whatever was changed before. ``{key}``: of a line that was just added."""

    async def make(town: Town) -> Ask:
        line = {**LINE, "key": "0", **await list_form(town)}
        await town.ask(town.person("admin"), "POST", Ask("/duties/lines", line))
        filled = {**form, **await list_form(town)}
        page = await town.ask(town.person("admin"), "GET", Ask(f"/duties?community={town.community}"))
        path = given.replace("{key}", max(re.findall(r"/duties/lines/(\d+)", page.text), key=int))
        return Ask(f"/duties{path}", filled, Ask(f"/duties{path}", {**filled, "community": GONE}))

    return make


async def list_form(town: Town) -> dict[str, Any]:
    ours = DutyChange.community_id == town.here.community_id
    seen = (await town.office.rows(select(func.max(DutyChange.number)).where(ours)))[0]
    return {"community": town.community, "seen": seen, "confirmed": "1"}


async def import_list(town: Town) -> Ask:
    page = await town.ask(town.person("admin"), "GET", Ask(f"/duties/file.yml?community={town.community}"))
    ask = await on_list("/import", {"text": page.text})(town)
    return ask


async def simulate(town: Town) -> Ask:
    at = "2027-06-01T10:00"  # long after all tickets: it is not about them
    form = {"source": "tickets", "community": town.community, "at": at}
    return Ask("/duties/simulate", form, Ask("/duties/simulate", {**form, "community": GONE}), reads=True)


# --- guides


async def guide(town: Town, owner: str = "committee") -> Guide:
    form = {**GUIDE, "title": town.new_word("快递"), "owner": owner, "community": town.community}
    await town.ask(town.person("admin"), "POST", Ask("/guides/new", form))
    found: Guide = await town.newest(Guide, Guide.community_id == town.here.community_id)
    return found


def on_guide(path: str, form: Mapping[str, Any] | None = None, owner: str = "committee") -> Make:
    async def make(town: Town) -> Ask:
        filled = {**(form or {}), "owner": owner, "community": town.community}
        return Ask(f"/guides/{(await guide(town, owner)).id}{path}", filled, Ask(f"/guides/{GONE}{path}", filled))

    return make


async def new_guide(town: Town) -> Ask:
    form = {**GUIDE, "title": town.new_word("快递"), "community": town.community}
    return Ask("/guides/new", form, Ask("/guides/new", {**form, "community": GONE}))


async def preview_guide(town: Town) -> Ask:
    return Ask("/guides/preview", GUIDE, reads=True)


async def asked(town: Town) -> Ticket:
    """A question that no guide answered."""
    return await town.office.open("快递能放社区吗", "consult")


async def guide_from_ticket(town: Town) -> Ask:
    form = {**GUIDE, "title": town.new_word("快递"), "ticket": (await asked(town)).id}
    return Ask("/guides/new", form, Ask("/guides/new", {**form, "ticket": GONE}))


async def form_from_ticket(town: Town) -> Ask:
    return Ask(f"/guides/new?ticket={(await asked(town)).id}", missing=Ask(f"/guides/new?ticket={GONE}"))


# --- everybody's own


async def sign_in(town: Town) -> Ask:
    return Ask("/sign-in", {"login": "here-staff0", "password": PASSWORD})


async def new_password(town: Town) -> Ask:
    await town.restore_passwords()
    new = "玉兰-sesame-2027"
    return Ask("/account/password", {"old": PASSWORD, "new": new, "again": new})


async def own_chats(town: Town) -> Ask:
    return Ask("/account/chats", {"wants": "urgent"})


def new_ticket(of_ours: bool) -> Make:
    form = {"text": "来电说电梯停了", "service": ELEVATOR, "building": "3"}

    async def make(town: Town) -> Ask:
        ours, gone = {**form, "community": town.community}, {**form, "community": GONE}
        return Ask("/tickets/new", ours, Ask("/tickets/new", gone)) if of_ours else Ask("/tickets/new", form)

    return make


TICKETS: dict[str, Make] = {
    "POST /sign-in": sign_in,
    "POST /account/password": new_password,
    "POST /account/chats": own_chats,
    "POST /tickets/new": new_ticket(False),
    "POST /tickets/new in ours": new_ticket(True),
    "GET /tickets/{id}": on_ticket(near),
    "GET /tickets/{id} far": on_ticket(far),
    "GET /tickets/{id} secret": on_ticket(secret),
    "POST /tickets/{id}/context": on_ticket(near, "/context"),
    "POST /tickets/{id}/context secret": on_ticket(secret, "/context"),
    "GET /tickets/{id}/pictures/{picture}": picture_of(near),
    "GET /tickets/{id}/pictures/{picture} secret": picture_of(secret),
    "POST /tickets/{id}/move take": on_ticket(near, "/move", MOVES["take"]),
    "POST /tickets/{id}/move withdraw": on_ticket(near, "/move", MOVES["withdraw"]),
    "POST /tickets/{id}/move settle": on_ticket(returned_twice, "/move", MOVES["settle"]),
    "POST /tickets/{id}/move take, far": on_ticket(far, "/move", MOVES["take"]),
    "POST /tickets/{id}/move take, secret": on_ticket(secret, "/move", MOVES["take"]),
    "POST /tickets/{id}/lower": on_ticket(at_community, "/lower", {"text": "请网格先看"}),
    "POST /tickets/{id}/oversee": on_ticket(near, "/oversee", {"text": "盯紧", "until": "2026-11-20T18:00"}),
    "POST /tickets/{id}/oversee at the street": on_ticket(
        at_street, "/oversee", {"text": "盯紧", "until": "2026-11-20T18:00"}
    ),
    "POST /tickets/{id}/note": on_ticket(near, "/note", {"text": "去看过了"}),
    "POST /tickets/{id}/note secret": on_ticket(secret, "/note", {"text": "去看过了"}),
    "POST /tickets/{id}/answer": on_ticket(near, "/answer", {"text": "师傅在路上", "where": "private"}),
    "POST /tickets/{id}/seal": on_ticket(near, "/seal", {"service": "safety_tip/theft"}),
    "POST /tickets/{id}/same/{likeness}": same,
    "POST /tickets/{id}/reports/{report}/part": part,
    "POST /tickets/{id}/preview/{form} move": on_ticket(near, "/preview/move", MOVES["take"], reads=True),
    "POST /tickets/{id}/preview/{form} answer": on_ticket(near, "/preview/answer", {"text": "来了"}, reads=True),
    "POST /tickets/{id}/preview/{form} secret": on_ticket(secret, "/preview/move", MOVES["take"], reads=True),
    "POST /duty": new_shift,
    "POST /duty/{id}/remove": on_shift("/remove"),
    "POST /duty/{id}/hand-over the steward's": on_shift("/hand-over", {"note": "我来"}),
    "GET /alarms/{id}": on_alarm(),
    "GET /alarms/{id} far": on_alarm(where=Where("8")),
    "POST /alarms/{id}/act acknowledge": on_alarm("/act", {"do": "acknowledge"}),
    "POST /alarms/{id}/act end": on_alarm("/act", {"do": "end"}),
    "POST /alarms/{id}/roll-call": on_alarm("/roll-call"),
    "POST /alarms/{id}/door": door,
    "GET /alarms/{id}/report": on_alarm("/report"),
    "POST /deliveries/{id}/resend": resend,
    "POST /deliveries/arrivals/{id}/retry": retry,
    "GET /duties of ours": list_of_ours("/duties"),
    "GET /duties/history of ours": list_of_ours("/duties/history"),
    "GET /duties/file.{kind}": as_it_stands("/duties/file.xlsx"),
    "GET /duties/file.{kind} of ours": list_of_ours("/duties/file.yml"),
    "GET /duties/lines/{key}": as_it_stands("/duties/lines/1", "/duties/lines/9999"),
    "GET /duties/lines/{key} of ours": list_of_ours("/duties/lines/1"),
    "POST /duties/lines": on_list("/lines", {**LINE, "key": "0"}),
    "POST /duties/lines/{key}/remove": on_list("/lines/{key}/remove", {}),
    "POST /duties/import": import_list,
    "POST /duties/restore": on_list("/restore", {"number": "1"}),
    "GET /duties/simulate of ours": list_of_ours("/duties/simulate"),
    "POST /duties/simulate": simulate,
    "GET /guides of ours": list_of_ours("/guides"),
    "GET /guides/unanswered of ours": list_of_ours("/guides/unanswered"),
    "GET /guides/new from a ticket": form_from_ticket,
    "POST /guides/new": new_guide,
    "POST /guides/new from a ticket": guide_from_ticket,
    "POST /guides/preview": preview_guide,
    "GET /guides/{id}": on_guide(""),
    "POST /guides/{id}": on_guide("", {**GUIDE, "answer": "大厅可以代收。"}),
    "POST /guides/{id} the stewards'": on_guide("", {**GUIDE, "answer": "大厅可以代收。"}, "property"),
    "POST /guides/{id}/renew": on_guide("/renew", {"valid_until": "2028-01-01"}),
    "POST /guides/{id}/state": on_guide("/state", {"state": "retired"}),
}
