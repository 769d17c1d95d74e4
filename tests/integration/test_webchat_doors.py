"""Who comes in, and that nobody else sees anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from sqlalchemy import func, select

from actions.people.model import Resident
from bot.channels.webchat.signing import COOKIE
from bot.storage.tables import Chat, ChatMember, ResidentToken
from tests.integration.webchat_world import (
    GROUP,
    INVITE,
    OTHER_GROUP,
    OTHER_INVITE,
    STAFF_INVITE,
    World,
    open_world,
    picture,
)

NASTY = "<img src=x onerror=alert(1)>'); DROP TABLE chat;--"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def test_who_is_not_signed_in_is_shown_the_way(world: World) -> None:
    browser = world.browser()
    home = await browser.get("/")
    assert "请用群里的邀请链接进群" in await home.text()
    assert (await browser.get("/chat", allow_redirects=False)).headers["Location"] == "/"
    assert (await browser.get("/api/chat/groups")).status == 401
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.ws_connect("/ws")
    assert refused.value.status == 401


async def test_joining_signs_in_and_opens_the_chat_with_the_bot(world: World) -> None:
    browser = await world.join("张阿姨")
    assert (await browser.get("/", allow_redirects=False)).headers["Location"] == "/chat"
    await world.deliver()
    page = await world.open_page(browser)
    assert "张阿姨，您好" in page.lines[page.private][0]["text"]
    async with world.db.read() as session:
        resident = await session.get_one(Resident, page.me)
        assert (resident.building_id, resident.unit, resident.room) == (5, "1", "501")
        token = (await session.execute(select(ResidentToken))).scalar_one()
    cookie = next(c for c in browser.session.cookie_jar if c.key == COOKIE)
    assert cookie.value != token.token_hash
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


async def test_the_same_browser_joins_a_second_group_as_the_same_resident(world: World) -> None:
    browser = await world.join("张阿姨")
    assert "张阿姨" in await (await browser.get(f"/j/{OTHER_INVITE}")).text()
    await browser.post(f"/j/{OTHER_INVITE}", data={"consent": "yes"}, allow_redirects=False)
    async with world.db.read() as session:
        assert (await session.execute(select(func.count()).select_from(Resident))).scalar_one() == 1
        groups = await session.execute(select(ChatMember.chat_id).join(Chat).where(Chat.kind == "group"))
        assert set(groups.scalars()) == {GROUP, OTHER_GROUP}
    again = await browser.get(f"/j/{OTHER_INVITE}", allow_redirects=False)
    assert again.headers["Location"] == f"/chat#{OTHER_GROUP}"


async def test_one_address_brings_in_only_so_many_new_people_a_minute(world: World) -> None:
    form = {"nickname": "张阿姨", "home": "5:1", "room": "501", "consent": "yes"}
    for number in range(20):
        one = form | {"nickname": f"张{number}"}
        came = await world.browser().post(f"/j/{INVITE}", data=one, allow_redirects=False)
        assert came.status == 303
    known = world.browser()
    refused = await known.post(f"/j/{INVITE}", data=form, allow_redirects=False)
    assert refused.status == 400
    assert "进来的人太多了" in await refused.text()
    assert "张阿姨" in await refused.text()  # what was typed stays
    world.clock.advance(timedelta(minutes=1))
    assert (await known.post(f"/j/{INVITE}", data=form, allow_redirects=False)).status == 303


@pytest.mark.parametrize("invite", [STAFF_INVITE, "no-such-invite"])
async def test_staff_groups_and_unknown_invites_let_nobody_in(world: World, invite: str) -> None:
    browser = world.browser()
    assert (await browser.get(f"/j/{invite}")).status == 404
    assert (await browser.get(f"/j/{invite}/qr.svg")).status == 404
    form = {"nickname": "张阿姨", "home": "5:1", "consent": "yes"}
    assert (await browser.post(f"/j/{invite}", data=form, allow_redirects=False)).status == 404
    async with world.db.read() as session:
        assert (await session.execute(select(func.count()).select_from(Resident))).scalar_one() == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"nickname": " \u200b"}, "请写一个称呼"),
        ({"nickname": "长" * 17}, "最多16个字"),
        ({"nickname": "小邻 "}, "留给小邻"),
        ({"home": "7:"}, "请在列表里选"),
        ({"home": ""}, "请在列表里选"),
        ({"room": "1' OR 1=1"}, "房号最多8个字"),
        ({"consent": ""}, "请勾选同意"),
    ],
)
async def test_a_form_that_is_not_complete_says_what_is_missing(
    world: World, wrong: dict[str, str], says: str
) -> None:
    form = {"nickname": "张阿姨", "home": "5:1", "room": "501", "consent": "yes"} | wrong
    answer = await world.browser().post(f"/j/{INVITE}", data=form, allow_redirects=False)
    assert answer.status == 400
    assert says in await answer.text()


async def test_a_stranger_sees_and_says_nothing(world: World) -> None:
    member = await world.join("张阿姨")
    page = await world.open_page(member)
    upload = await (await member.post("/api/chat/pictures", data=picture())).json()
    ack = await page.send("只给群里", "c1", pictures=[upload["id"]])
    outsider = await world.join("生人", OTHER_INVITE, home="7:")
    stranger = await world.open_page(outsider)
    assert set(stranger.lines) == {OTHER_GROUP, stranger.private}
    for path in (f"{GROUP}/lines", f"{GROUP}/members", f"{page.private}/lines", "99999/lines"):
        assert (await outsider.get(f"/api/chat/{path}")).status == 403
    address = f"/api/chat/lines/{ack['id']}/pictures/{upload['id']}"
    assert (await member.get(address)).status == 200
    assert (await outsider.get(address)).status == 403
    assert (await world.browser().get(address)).status == 401
    frames = (
        {"type": "send", "client_id": "c", "text": "我来了"},
        {"type": "press", "client_id": "c", "line_id": ack["id"], "value": "x"},
        {"type": "recall", "line_id": ack["id"]},
        {"type": "read", "to": 1},
    )
    for frame in frames:
        await stranger.say(**frame, chat_id=GROUP)
        assert (await stranger.hear("error"))["code"] == "not_a_member"
    await page.send("还是只给群里", "c2")
    await page.hear("line")
    await stranger.say(type="ping")
    assert (await stranger.socket.receive_json(timeout=30))["type"] == "pong"


async def test_a_forged_cookie_opens_nothing(world: World) -> None:
    browser = await world.join()
    real = next(c.value for c in browser.session.cookie_jar if c.key == COOKIE)
    async with world.db.read() as session:
        stored = (await session.execute(select(ResidentToken.token_hash))).scalar_one()
    for forged in (stored, real[:-1], real + "A", "1", "' OR 1=1--", "x" * 5000):
        answer = await world.browser().get("/api/chat/groups", headers={"Cookie": f'{COOKIE}="{forged}"'})
        assert answer.status == 401


async def test_another_sites_page_can_do_nothing_with_our_cookie(world: World) -> None:
    browser = await world.join()
    foreign = {"Origin": "https://evil.example"}
    assert (await browser.post("/api/chat/pictures", data=picture(), headers=foreign)).status == 403
    assert (await browser.post("/api/chat/settings", json={"big_text": True}, headers=foreign)).status == 403
    with pytest.raises(WSServerHandshakeError):
        await browser.ws_connect("/ws", headers=foreign)


async def test_html_and_sql_in_every_field_stay_text(world: World) -> None:
    name = "<b>x</b>';--"
    browser = await world.join(name)
    page = await world.open_page(browser)
    await page.send(NASTY, "c1")
    assert (await page.hear_line(NASTY))["from"]["name"] == name
    joining = await (await browser.get(f"/j/{OTHER_INVITE}")).text()
    assert "<b>x</b>" not in joining
    assert "&lt;b&gt;x&lt;/b&gt;" in joining
    failed = await world.browser().post(f"/j/{INVITE}", data={"nickname": NASTY, "room": '"><script>'})
    assert "<script>" not in await failed.text()
    assert "<img src=x" not in await failed.text()
    assert (await browser.get("/api/chat/1%20OR%201=1/lines")).status == 404
    assert (await browser.get(f"/api/chat/{GROUP}/lines?before=1%20OR%201")).status == 400


async def test_pages_allow_no_script_but_ours(world: World) -> None:
    browser = await world.join()
    for path in ("/chat", f"/j/{OTHER_INVITE}"):
        answer = await browser.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        text = await answer.text()
        assert "style=" not in text
        assert "onclick=" not in text
        assert "//" not in text.replace("http://www.w3.org", "").replace("<!doctype", "")


async def test_the_qr_leads_to_the_invite(world: World) -> None:
    answer = await world.browser().get(f"/j/{INVITE}/qr.svg")
    assert answer.content_type == "image/svg+xml"
    assert (await answer.text()).rstrip().endswith("</svg>")


async def test_big_letters_are_kept_for_the_next_visit(world: World) -> None:
    browser = await world.join()
    assert 'class="big"' not in await (await browser.get("/chat")).text()
    await browser.post("/api/chat/settings", json={"big_text": True})
    assert 'class="big"' in await (await browser.get("/chat")).text()
    assert (await browser.post("/api/chat/settings", data="x")).status == 400
    assert (await browser.post("/api/chat/settings", json={"big_text": "yes"})).status == 400


async def test_members_are_listed_without_their_room(world: World) -> None:
    browser = await world.join("张阿姨")
    answer = await browser.get(f"/api/chat/{GROUP}/members")
    assert [(m["name"], m["building"]) for m in (await answer.json())["members"]] == [("张阿姨", "3栋")]
    assert "501" not in await answer.text()
