"""The pages of the time bank: staff confirm and hand over; a resident reads, exchanges and gives away on a phone."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from actions.ledger.commands import ClaimHours, RecordHours, SaveItem
from actions.ledger.model import ShopItem, ShopOrder, TimeAccount, TimeClaim, TimeEntry, TimeGift
from bot.storage.tables import OutboxRow
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.integration.test_home_browser import at_home, fits, picture
from tests.support.homes import House, open_house

DAY = "2026-11-17"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def given(house: House, who: str, minutes: int, source: str = "shift:1") -> None:
    people, day = house.people, house.clock.now().date()
    await house.parts.performer.run(
        RecordHours(people.community_id, people.residents[who], "patrol", minutes, day, source)
    )


async def stocked(house: House, name: str, minutes: int, stock: int | None) -> int:
    people = house.people
    saved = SaveItem(people.community_id, people.staff["钱主任"], name, minutes, stock)
    return int((await house.parts.performer.run(saved)).value)


async def balances(house: House) -> dict[str, int]:
    names = {i: n for n, i in house.people.residents.items()}
    return {names.get(a.holder, a.kind): a.balance for a in await house.rows(select(TimeAccount)) if a.balance}


async def test_staff_enter_confirm_reverse_and_see_that_the_books_come_out(house: House) -> None:
    people = house.people
    desk = await house.browser("committee")
    form = {"nickname": "老李", "kind": "patrol", "hours": "1.5", "day": DAY, "number": "n-1", "note": "签到表第三行"}
    for _ in range(2):  # sent twice it is one
        await desk.post("/console/ledger/new", form)
    assert [(c.state, c.minutes) for c in await house.rows(select(TimeClaim))] == [("resident", 90)]
    for wrong in ({"hours": "-2"}, {"hours": "0"}, {"hours": "好久"}, {"day": "2027-01-01"}, {"nickname": "没这人"}):
        await desk.post("/console/ledger/new", form | {"number": "n-2"} | wrong)
        assert "flash" in (page := await desk.page("/console/ledger"))
        assert "alert-danger" in page
    assert len(await house.rows(select(TimeClaim))) == 1

    said = ClaimHours(people.community_id, people.residents["王阿姨"], "巡逻", "said:1", 60, house.clock.now().date())
    claim = (await house.parts.performer.run(said)).value
    assert "待核实工时" in await desk.page("/console/")
    page = await desk.page("/console/ledger")
    assert "王阿姨" in page.partition("待核实")[2].partition("等本人确认")[0]
    await desk.post(f"/console/ledger/claims/{claim}", {"do": "confirm"})
    assert await balances(house) == {"王阿姨": 60, "pool": -60}
    assert "待核实工时" not in await desk.page("/console/")

    aunt = people.residents["王阿姨"]
    entry = (await house.rows(select(TimeEntry)))[0].id
    assert "1小时" in await desk.page(f"/console/ledger/residents/{aunt}")
    answer = await desk.get(f"/console/ledger/residents/{aunt}/statement.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(await answer.read())).worksheets[0]
    assert [[cell.value for cell in row][1:4] for row in sheet.iter_rows(min_row=3)] == [["治安巡逻", 60, 60]]
    await desk.post(f"/console/ledger/entries/{entry}", {"text": ""})
    assert await balances(house) == {"王阿姨": 60, "pool": -60}
    await desk.post(f"/console/ledger/entries/{entry}", {"text": "登记错了"})
    assert await balances(house) == {}
    assert "账是平的" in await desk.page("/console/ledger/books")
    async with house.parts.db.write() as session:  # somebody at the database itself
        account = (await session.scalars(select(TimeAccount).where(TimeAccount.holder == aunt))).one()
        account.balance = 600
    page = await desk.page("/console/ledger/books")
    assert "账不平" in page
    assert "记 600 分钟，应为 0 分钟" in page


async def test_a_resident_exchanges_and_gives_away_once_however_often_the_form_is_sent(house: House) -> None:
    rice, shears = await stocked(house, "大米5公斤", 120, 1), await stocked(house, "上门理发", 60, None)
    await given(house, "王阿姨", 240)
    aunt, uncle = await house.resident("王阿姨"), await house.resident("老李")
    assert "4小时" in await (await aunt.get("/hours")).text()
    form = {"do": "order", "item": str(rice), "number": "abcdefgh-1"}
    for _ in range(2):
        await aunt.post("/hours", data=form)
    orders = await house.rows(select(ShopOrder))
    assert [(one.name, one.state) for one in orders] == [("大米5公斤", "open")]
    page = await (await aunt.get("/hours")).text()
    assert orders[0].code in page
    assert "换完了" in page
    refused = await uncle.post("/hours", data=form | {"item": str(shears)})
    assert (refused.status, "公益时间不够" in await refused.text()) == (400, True)
    stolen = await uncle.post("/hours", data={"do": "cancel", "order": str(orders[0].id)})
    assert (stolen.status, "没有找到" in await stolen.text()) == (400, True)
    assert orders[0].code not in await (await uncle.get("/hours")).text()
    for hours, status in (("-1", 400), ("0", 400), ("nan", 400), ("1", 200), ("1", 200)):
        answer = await aunt.post("/hours", data={"do": "donate", "hours": hours, "number": "abcdefgh-gift"})
        assert answer.status == status, hours
    assert await balances(house) == {"王阿姨": 60, "fund": 60, "shop": 120, "pool": -240}
    await aunt.post("/hours", data={"do": "cancel", "order": str(orders[0].id)})
    assert (await balances(house))["王阿姨"] == 180
    assert [item.stock for item in await house.rows(select(ShopItem).order_by(ShopItem.id))] == [1, None]
    foreign = await aunt.post("/hours", data=form, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status == 403


async def test_hours_for_a_neighbour_are_given_taken_and_taken_back_on_the_page(house: House) -> None:
    await given(house, "王阿姨", 240)
    people = house.people
    aunt, uncle, other = [await house.resident(name) for name in ("王阿姨", "老李", "小陈")]
    form = {"do": "gift", "name": "老李", "hours": "1.5", "number": "abcdefgh-name"}
    names, hours = [{"name": one} for one in ("没这人", "", "王阿姨")], [{"hours": one} for one in ("-1", "9")]
    for wrong in (*names, *hours, {"number": "1"}):
        assert (await aunt.post("/hours", data=form | wrong)).status == 400, wrong
    for _ in range(2):
        await aunt.post("/hours", data=form)
    assert await balances(house) == {"王阿姨": 150, "hold": 90, "pool": -240}
    gift = {"gift": str((await house.rows(select(TimeGift)))[0].id)}
    assert "送给老李的 1小时30分钟" in await (await aunt.get("/hours")).text()
    assert "王阿姨想送您 1小时30分钟" in await (await uncle.get("/hours")).text()
    assert "1小时30分钟" not in await (await other.get("/hours")).text()
    for browser, do in ((other, "take"), (other, "untake"), (aunt, "take")):
        assert (await browser.post("/hours", data=gift | {"do": do})).status == 400
    desk = await house.browser("committee")
    books = await desk.page("/console/ledger/books")
    assert ("王阿姨 送 老李 1小时30分钟" in books, "账是平的" in books) == (True, True)
    assert "王阿姨" not in await (await house.browser("supervisor")).page("/console/ledger/books")
    for _ in range(2):
        await uncle.post("/hours", data=gift | {"do": "take"})
    assert await balances(house) == {"王阿姨": 150, "老李": 90, "pool": -240}
    page = await (await uncle.get("/hours")).text()
    assert ("邻居送的" in page, "王阿姨想送您" in page) == (True, False)
    form = {"nickname": "老李", "taker": "小陈", "hours": "1", "number": "n-1"}
    for _ in range(2):
        await desk.post("/console/ledger/gifts", form)  # nothing moves before he has said so himself
    assert await balances(house) == {"王阿姨": 150, "老李": 90, "pool": -240}
    asked = [one for one in await house.rows(select(OutboxRow)) if "送给小陈" in one.body["text"]]
    assert len({str(one.body["buttons"]) for one in asked}) == 1  # the same button: pressed twice it is one gift
    assert {one.chat_id for one in asked} == {people.private["老李"]}
    entries = {one.kind: one.id for one in await house.rows(select(TimeEntry))}
    await desk.post(f"/console/ledger/entries/{entries['receive']}", {"text": "登记错了"})
    assert "不能在这里更正" in await desk.page("/console/ledger/books")
    assert await balances(house) == {"王阿姨": 150, "老李": 90, "pool": -240}


async def test_only_who_has_agreed_stands_on_the_list_of_honours(house: House) -> None:
    for n in range(15):
        await given(house, "老李", 240, f"shift:{n}")
        await given(house, "王阿姨", 240, f"other:{n}")
    uncle, aunt = await house.resident("老李"), await house.resident("王阿姨")
    await uncle.post("/hours", data={"do": "publish", "published": "1"})
    page = await (await aunt.get("/hours/honours")).text()
    assert ("老李" in page, "王阿姨" in page, "平安卫士" in page) == (True, False, True)
    await uncle.post("/hours", data={"do": "publish", "published": "0"})
    assert "老李" not in await (await aunt.get("/hours/honours")).text()


async def test_on_a_phone_a_resident_reads_the_statement_and_fetches_a_bag_of_rice(house: House) -> None:
    await stocked(house, "大米5公斤", 120, 3)
    await stocked(house, "上门理发", 600, None)
    await given(house, "王阿姨", 300)
    async with at_home(house, "王阿姨") as page:
        await page.goto("/chat")
        await page.get_by_role("button", name="我", exact=True).click()
        await page.get_by_role("link", name="公益时间").click()
        await page.locator(".hours__balance", has_text="4小时").wait_for()
        await fits(page, PHONE["width"])
        await page.get_by_role("button", name="兑换", exact=True).click()
        await page.locator(".hours__code").wait_for()
        code = await page.locator(".hours__code").inner_text()
        await page.get_by_label("群里的称呼").fill("老李")
        await page.get_by_label("送几小时").fill("1")
        await page.get_by_role("button", name="送出", exact=True).click()
        await page.get_by_role("button", name="收回来").wait_for()
        await fits(page, PHONE["width"])
        await picture(page, "hours_phone")
    async with browsing(house, "committee", DESK) as page:
        await page.goto("/console/ledger/shop")
        await page.get_by_text(code).wait_for()
        await picture(page, "ledger_shop")
        await page.get_by_role("button", name="已交给本人").click()
        await page.locator(".flash.alert-success").wait_for()
        await page.goto("/console/ledger/books")
        await page.get_by_text("账是平的").wait_for()
        await fits(page, DESK["width"])
        await picture(page, "ledger_books")
        await page.goto("/console/ledger")
        await fits(page, DESK["width"])
        await picture(page, "ledger_claims")
