"""The pages of mediation: what each role sees of a case, what it may do, and what is refused."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.errors import ActionError
from actions.mediation.commands import (
    AcceptCase,
    AddNote,
    DraftAgreement,
    OfferAgreement,
    RecordSignature,
    SignAgreement,
    SpeakInRoom,
)
from actions.mediation.model import (
    MediationCase,
    MediationNote,
    MediationVisit,
    MediatorAssignment,
    MediatorProfile,
)
from actions.people.model import StaffMember
from bot.storage.tables import ChatMessage, OutboxRow
from tests.support.console import Browser, Office, open_office
from tests.support.mediation import Dispute, open_dispute
from tests.support.postgres import own_postgres

ALL = "grid_worker steward committee mediator police workstation street district admin supervisor".split()
#: role → (the queue, a case's head, its rooms and notes, the agreement before it is signed, after)
SEES = {
    **{role: (404, 404, False, 404, 404) for role in ALL},
    "mediator": (200, 200, True, 200, 200),
    "committee": (200, 200, False, 404, 200),
    "admin": (200, 200, False, 404, 200),
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def talked(office: Office) -> Dispute:
    """A dispute with secrets in its rooms and notes."""
    dispute = await (await open_dispute(office)).begin()
    await dispute.run(SpeakInRoom(dispute.case_id, dispute.mediator, "单独说的一句", (await dispute.party(2)).id))
    await dispute.run(AddNote(dispute.case_id, dispute.mediator, "心里有数的记录"))
    return dispute


@pytest.mark.parametrize("role", ALL)
async def test_what_each_role_sees_of_a_case(office: Office, role: str) -> None:
    dispute = await talked(office)
    queue, head, inside, before, after = SEES[role]
    browser = await office.browser(role)
    await browser.page("/console/mediation", queue)
    await browser.page("/console/mediation/new", queue)
    await browser.page("/console/mediation/mediators", queue)
    page = await browser.page(f"/console/mediation/{dispute.case_id}", head)
    for secret in ("单独说的一句", "心里有数的记录", "楼上半夜拖桌椅"):
        assert (secret in page) == inside, secret
    assert ("老李" in page) == (head == 200)
    await browser.page(f"/console/mediation/{dispute.case_id}/paper", 404)
    await dispute.agree()
    await browser.page(f"/console/mediation/{dispute.case_id}/paper", after)
    assert (await browser.get(f"/console/mediation/{dispute.case_id}/paper.docx")).status == after
    assert before in (200, 404)


@pytest.mark.parametrize("role", [role for role in ALL if role != "mediator"])
async def test_what_is_the_mediators_is_refused_to_all_others(office: Office, role: str) -> None:
    dispute = await talked(office)
    browser = await office.browser(role)
    await refused(office, dispute, browser, SEES[role][1])


async def test_a_colleague_knows_of_the_case_and_reads_nothing_of_it(office: Office) -> None:
    dispute = await talked(office)
    await add_colleague(office)
    browser = await office.browser()
    await browser.sign_in("colleague")
    page = await browser.page(f"/console/mediation/{dispute.case_id}")
    for secret in ("单独说的一句", "心里有数的记录", "楼上半夜拖桌椅"):
        assert secret not in page, secret
    await browser.page(f"/console/mediation/{dispute.case_id}/paper", 404)
    await refused(office, dispute, browser, 200)
    await dispute.agree()
    await browser.page(f"/console/mediation/{dispute.case_id}/paper", 404)


async def add_colleague(office: Office) -> None:
    """A second mediator of the same community."""
    async with office.parts.db.write() as session:
        first = (await session.scalars(select(StaffMember).where(StaffMember.name == "孙调解"))).one()
        same = ("community_id", "org_unit_id", "team_id", "role", "password_hash", "created_at")
        session.add(StaffMember(login="colleague", name="同事", **{name: getattr(first, name) for name in same}))


DEEDS = "say note invite common plan draft close fail consent refuse describe accept recuse resume".split()


async def refused(office: Office, dispute: Dispute, browser: Browser, status: int) -> None:
    """Nothing that is the mediator's can be done from that browser."""
    party_id = (await dispute.party(2)).id
    form: dict[str, object] = {"text": "让我说", "id": party_id, "party": party_id, "name": "张三"}
    form |= {"at": "2026-11-20T15:00", "place": "调解室", "facts": "事", "terms": "约"}
    lines, token = len(await office.rows(select(OutboxRow))), await browser.token()
    for do in DEEDS:
        answer = await browser.post(f"/console/mediation/{dispute.case_id}/act", {**form, "do": do}, token=token)
        assert answer.status == (303 if status == 200 else 404), do
    assert len(await office.rows(select(OutboxRow))) == lines
    assert len(await office.rows(select(MediationNote))) == 1
    assert (await dispute.case()).state == "in_mediation"
    assert (await dispute.party(2)).name == ""


async def test_a_form_without_its_token_does_nothing(office: Office) -> None:
    dispute = await talked(office)
    browser = await office.browser("mediator")
    form = {"do": "note", "text": "没有凭证", "audience": "mediator"}
    answer = await browser.post(f"/console/mediation/{dispute.case_id}/act", form, token="wrong")
    assert answer.status == 403
    assert len(await office.rows(select(MediationNote))) == 1


async def test_the_mediator_leads_a_case_from_the_ticket_to_the_common_room(office: Office) -> None:
    ticket = await office.open("楼上半夜拖桌椅", "dispute/noise")
    browser = await office.browser("mediator")
    assert "转入调解" in await browser.page(f"/console/tickets/{ticket.id}")
    answer = await browser.post(f"/console/tickets/{ticket.id}/mediation")
    case = (await office.rows(select(MediationCase)))[0]
    here = f"/console/mediation/{case.id}"
    assert answer.headers["Location"] == here
    assert "还没问" in await browser.page(here)  # staff opened it: the resident has not consented
    await browser.post(f"{here}/act", {"do": "accept"})
    found = await browser.page(f"{here}?who=老李")
    assert "加上老李" in found
    await browser.post(f"{here}/act", {"do": "add", "resident": office.people.residents["老李"]})
    dispute = Dispute(office, case.id)
    for number in (1, 2):
        await browser.post(f"{here}/act", {"do": "consent", "id": (await dispute.party(number)).id})
    assert (await dispute.case()).state == "in_mediation"
    await browser.post(f"{here}/act", {"do": "common", "at_part": "rooms"})
    await browser.post(f"{here}/act", {"do": "say", "party": "", "text": "请王阿姨先说"})
    page = await browser.page(here)
    assert "请王阿姨先说" in page
    assert "mediation_viewed" in await office.audit()
    assert f"调解案件 {case.ref}" in await browser.page(f"/console/tickets/{ticket.id}")


async def test_what_is_written_in_a_wrong_way_is_said_in_plain_words(office: Office) -> None:
    dispute = await talked(office)
    browser = await office.browser("mediator")
    here = f"/console/mediation/{dispute.case_id}"
    for form, words in (
        ({"do": "plan", "at": "昨天", "place": "这里"}, "请选半年以内"),
        ({"do": "plan", "at": "2020-01-01T10:00", "place": "这里"}, "请选半年以内"),
        ({"do": "say", "text": " "}, "请先写内容"),
        ({"do": "fail"}, "请写明原因"),
        ({"do": "refer", "to": "moon", "text": "因为"}, "请选转给谁"),
        ({"do": "draft", "facts": "事", "terms": "约", "what0": "铺地垫", "due0": "2020-01-01"}, "没有这件调解"),
        ({"do": "dance"}, "表单"),
        ({"do": "close"}, "这一步"),
    ):
        await browser.post(f"{here}/act", form)
        assert words in await browser.page(here), form


async def test_the_agreement_as_a_word_file_names_the_parties_and_what_they_owe(office: Office) -> None:
    dispute = await (await talked(office)).agree()
    browser = await office.browser("mediator")
    here = f"/console/mediation/{dispute.case_id}"
    await browser.post(f"{here}/act", {"do": "describe", "id": (await dispute.party(1)).id, "name": "王秀英"})
    answer = await browser.get(f"{here}/paper.docx")
    assert answer.content_type.endswith("wordprocessingml.document")
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
        text = archive.read("word/document.xml").decode()
    named = ("人民调解协议书", "王秀英", "乙方：铺好地垫，2026-11-30前。", "晚上十点后不拖桌椅", "印章", "三十日内")
    for words in named:
        assert words in text, words
    printed = await browser.page(f"{here}/paper")
    assert "王秀英" in printed
    assert "孙调解" in printed


async def test_only_the_committee_says_what_a_mediator_is_good_at(office: Office) -> None:
    who = office.people.staff["孙调解"]
    form = {"fields": "dispute/noise"}
    for role, rows in (("mediator", 0), ("police", 0), ("committee", 1)):
        await (await office.browser(role)).post(f"/console/mediation/mediators/{who}", form)
        assert len(await office.rows(select(MediatorProfile))) == rows, role
    assert (await office.rows(select(MediatorProfile)))[0].fields == ["dispute/noise"]


async def test_somebody_who_comes_by_is_written_down_by_name(office: Office) -> None:
    browser = await office.browser("mediator")
    form = {"kind": "dispute/parking", "name": "过路人", "text": "车位的事", "consented": "1"}
    answer = await browser.post("/console/mediation/new", form)
    assert "过路人" in await browser.page(answer.headers["Location"])
    elevator = {"kind": "service_request/elevator", "name": "谁", "text": "事"}
    wrong = await browser.post("/console/mediation/new", elevator)
    assert wrong.status == 422
    nobody = await browser.post("/console/mediation/new", {"kind": "dispute/noise", "text": "事"})
    assert "请选一位本社区的居民" in await nobody.text()


async def test_deliveries_do_not_show_what_is_said_in_rooms(office: Office) -> None:
    await talked(office)
    page = await (await office.browser("admin")).page("/console/deliveries?state=waiting")
    assert "单独说的一句" not in page
    assert "调解室" in page
    assert await office.rows(select(ChatMessage)) == []


async def test_the_pages_and_the_signing_work_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        dispute = await talked(office)
        browser = await office.browser("mediator")
        here = f"/console/mediation/{dispute.case_id}"
        assert "单独说的一句" in await browser.page(f"{here}?who=小陈")
        for path in ("/console/mediation", "/console/mediation/mediators", "/console/mediation/new"):
            await browser.page(path)
        await browser.post(f"{here}/act", {"do": "note", "text": "记一笔", "audience": "mediator"})
        await dispute.agree()
        assert "乙方：铺好地垫" in await browser.page(f"{here}/paper")


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_of_two_who_take_a_case_at_once_one_has_it(tmp_path: Path, where: str) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if where == "postgresql" else ""
        office = await stack.enter_async_context(open_office(tmp_path, url))
        dispute = await open_dispute(office)
        await add_colleague(office)
        ids = [s.id for s in await office.rows(select(StaffMember).where(StaffMember.role == "mediator"))]
        taking = (dispute.run(AcceptCase(dispute.case_id, one)) for one in ids)
        results = await asyncio.gather(*taking, return_exceptions=True)
        assert sum(isinstance(one, ActionError) for one in results) == 1, results
        assert len(await office.rows(select(MediatorAssignment))) == 1


async def test_three_who_sign_at_once_make_it_hold_once(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        dispute = await talked(office)
        draft = DraftAgreement(dispute.case_id, dispute.mediator, "夜里有响动", "晚上十点后不拖桌椅")
        agreement = int(str(await dispute.run(draft)))
        await dispute.run(OfferAgreement(agreement, dispute.mediator))
        commands = [SignAgreement(agreement, office.people.residents[name], "sign") for name in ("王阿姨", "老李")]
        signing = (dispute.run(one) for one in (*commands, RecordSignature(agreement, dispute.mediator, 0)))
        results = await asyncio.gather(*signing, return_exceptions=True)
        assert [one for one in results if isinstance(one, BaseException)] == []
        assert (await dispute.case()).state == "agreed"
        assert len(await office.rows(select(MediationVisit))) == 3
