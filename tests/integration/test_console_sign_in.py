"""Signing in to the console: who gets in, who does not, and what a browser may keep."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions.people.model import StaffMember
from bot.console.sessions import cookie_storage
from bot.settings import Settings
from bot.storage.tables import EndedSession
from tests.support.console import PASSWORD, Office, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


def bare(text: str) -> str:
    return re.sub(r'(name="csrf" value=|X-CSRF-Token": )"[^"]+"', "", text)


async def test_a_stranger_is_sent_to_the_sign_in_page_and_back_to_where_they_wanted(office: Office) -> None:
    browser = await office.browser()
    answer = await browser.get("/console/tickets?queue=late")
    assert answer.status == 303
    assert answer.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Ftickets%3Fqueue%3Dlate"
    signed = await browser.sign_in(office.logins["steward"], next="/console/tickets?queue=late")
    assert signed.headers["Location"] == "/console/tickets?queue=late"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/console/\\evil", "/chat", ""])
async def test_signing_in_never_leads_to_a_foreign_page(office: Office, target: str) -> None:
    browser = await office.browser()
    answer = await browser.sign_in(office.logins["steward"], next=target)
    assert answer.headers["Location"] == "/console/"


async def test_an_unknown_login_and_a_wrong_password_get_the_same_answer(office: Office) -> None:
    browser = await office.browser()
    unknown = await browser.sign_in("nobody", "whatever it is")
    wrong = await browser.sign_in(office.logins["steward"], "whatever it is")
    assert (unknown.status, wrong.status) == (401, 401)
    assert bare(await unknown.text()) == bare(await wrong.text())
    assert (await office.audit())[-2:] == ["sign_in_unknown", "sign_in_failed"]


async def test_five_failures_lock_the_account_also_for_the_right_password(office: Office) -> None:
    browser, login = await office.browser(), office.logins["steward"]
    for _ in range(5):
        assert (await browser.sign_in(login, "wrong wrong wrong")).status == 401
    assert (await browser.sign_in(login)).status == 401
    office.clock.advance(timedelta(minutes=14))
    assert (await browser.sign_in(login)).status == 401
    office.clock.advance(timedelta(minutes=2))
    assert (await browser.sign_in(login)).status == 303
    assert (await browser.get("/console/")).status == 200


async def test_the_second_lock_is_longer_than_the_first(office: Office) -> None:
    browser, login = await office.browser(), office.logins["steward"]
    for _ in range(5):
        await browser.sign_in(login, "wrong wrong wrong")
    office.clock.advance(timedelta(minutes=16))
    for _ in range(5):
        await browser.sign_in(login, "wrong wrong wrong")
    office.clock.advance(timedelta(minutes=16))
    assert (await browser.sign_in(login)).status == 401
    office.clock.advance(timedelta(minutes=15))
    assert (await browser.sign_in(login)).status == 303


@pytest.mark.parametrize("cookie", ["", "x", "gAAAAABm" + "A" * 120, "' OR 1=1 --", '{"staff":1,"at":1,"seen":9}'])
async def test_a_forged_cookie_only_reaches_the_sign_in_page(office: Office, cookie: str) -> None:
    browser = await office.browser()
    answer = await browser.get("/console/tickets", headers={"Cookie": f"linan_console={cookie}"})
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/console/sign-in")


async def test_a_cookie_of_another_installation_is_worth_nothing(office: Office, tmp_path: Path) -> None:
    signed_in = await office.browser("admin")
    async with open_office(tmp_path / "elsewhere") as other:
        browser = await other.browser()
        answer = await browser.get("/console/", headers={"Cookie": f"linan_console={signed_in.cookie()}"})
        assert answer.status == 303
    assert (await signed_in.get("/console/")).status == 200


async def test_the_cookie_is_hidden_from_scripts_and_secure_behind_https(office: Office) -> None:
    browser = await office.browser()
    answer = await browser.sign_in(office.logins["admin"])
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    assert office.logins["admin"] not in cookie
    secure = cookie_storage(Settings(var=office.parts.settings.var, base_url="https://linan.example"))  # type: ignore[call-arg]
    assert secure.cookie_params["secure"] is True


@pytest.mark.parametrize(("idle", "times", "stays"), [(119, 1, True), (121, 1, False), (110, 6, True), (110, 7, False)])
async def test_a_session_ends_after_two_idle_hours_or_twelve_in_all(
    office: Office, idle: int, times: int, stays: bool
) -> None:
    browser = await office.browser("steward")
    status = 0
    for _ in range(times):
        office.clock.advance(timedelta(minutes=idle))
        status = (await browser.get("/console/")).status
    assert status == (200 if stays else 303)


async def test_pages_that_refresh_themselves_do_not_keep_a_session_alive(office: Office) -> None:
    browser = await office.browser("steward")
    for _ in range(3):
        office.clock.advance(timedelta(minutes=45))
        answer = await browser.get("/console/tickets", headers={"X-Background": "1"})
    assert answer.status == 303


async def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    browser, ticket = await office.browser("committee"), await office.open()
    for token in ("", "x" * 32, "é"):
        answer = await browser.post(f"/console/tickets/{ticket.id}/move", {"move": "accept"}, token=token)
        assert answer.status == 403
    stranger = await office.browser("steward")
    foreign = await stranger.token()
    answer = await browser.post(f"/console/tickets/{ticket.id}/move", {"move": "accept"}, token=foreign)
    assert answer.status == 403
    assert (await office.ticket(ticket.id)).status == "reported"
    assert (await browser.post("/console/sign-out", {}, token="")).status == 403


async def test_the_sign_in_form_needs_its_token_too(office: Office) -> None:
    browser = await office.browser()
    form = {"login": office.logins["admin"], "password": PASSWORD}
    assert (await browser.post("/console/sign-in", form, token="")).status == 403


async def test_htmx_may_bring_the_token_as_a_header(office: Office) -> None:
    browser, ticket = await office.browser("committee"), await office.open()
    token = await browser.token()
    path = f"/console/tickets/{ticket.id}/preview/move"
    answer = await browser.http.post(path, data={"move": "accept"}, headers={"X-CSRF-Token": token})
    assert answer.status == 200


async def test_signing_out_ends_the_session_in_this_browser(office: Office) -> None:
    browser = await office.browser("police")
    assert (await browser.post("/console/sign-out")).status == 303
    assert (await browser.get("/console/")).status == 303
    assert (await office.audit())[-1] == "sign_out"


async def test_a_copied_cookie_is_worth_nothing_after_signing_out(office: Office) -> None:
    browser, other = await office.browser("police"), await office.browser("police")
    thief = {"Cookie": f"linan_console={browser.cookie()}"}
    stranger = await office.browser()
    assert (await stranger.get("/console/account", headers=thief)).status == 200
    assert (await browser.post("/console/sign-out")).status == 303
    assert (await stranger.get("/console/account", headers=thief)).status == 303
    assert (await other.get("/console/account")).status == 200  # their other window is another session
    assert len(await office.rows(select(EndedSession))) == 1
    office.clock.advance(timedelta(hours=13))
    again = await office.browser("steward")
    await again.post("/console/sign-out")
    assert len(await office.rows(select(EndedSession))) == 1  # what is long over is forgotten


async def test_a_new_password_ends_all_other_sessions(office: Office) -> None:
    here, there = await office.browser("steward"), await office.browser("steward")
    new = "翠竹 lane 7788 quiet"
    form = {"old": PASSWORD, "new": new, "again": new}
    assert (await here.post("/console/account/password", form)).status == 303
    assert (await here.get("/console/")).status == 200
    assert (await there.get("/console/")).status == 303
    assert (await there.sign_in(office.logins["steward"])).status == 401
    assert (await there.sign_in(office.logins["steward"], new)).status == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", "翠竹 lane 7788 quiet", "翠竹 lane 7788 quiet", "原密码不对"),
        (PASSWORD, "翠竹 lane 7788 quiet", "翠竹 lane 7788 other", "两次输入的新密码不一样"),
        (PASSWORD, "short", "short", "新密码至少10个字符"),
        (PASSWORD, "a" * 30, "a" * 30, "不能太简单"),
    ],
)
async def test_a_password_that_will_not_do_is_refused_with_the_reason(
    office: Office, old: str, new: str, again: str, said: str
) -> None:
    browser = await office.browser("steward")
    await browser.post("/console/account/password", {"old": old, "new": new, "again": again})
    assert said in await browser.page("/console/account")
    fresh = await office.browser()
    assert (await fresh.sign_in(office.logins["steward"])).status == 303


async def test_whoever_has_left_is_out_at_once(office: Office) -> None:
    browser = await office.browser("steward")
    async with office.parts.db.write() as session:
        await session.execute(update(StaffMember).where(StaffMember.role == "steward").values(active=False))
    assert (await browser.get("/console/")).status == 303
    assert (await browser.sign_in(office.logins["steward"])).status == 401


async def test_a_good_sign_in_is_remembered_and_forgets_the_failures(office: Office) -> None:
    browser, login = await office.browser(), office.logins["police"]
    for _ in range(3):
        await browser.sign_in(login, "wrong wrong wrong")
    await browser.sign_in(login)
    staff = (await office.rows(select(StaffMember).where(StaffMember.login == login)))[0]
    assert (staff.failed_sign_ins, staff.last_sign_in_at) == (0, office.clock.now())


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"login=%ff%fe&csrf=\xff", 400),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nnever ends",
            400,
        ),
        ("multipart/form-data", b"no boundary", 400),
        ("application/x-www-form-urlencoded; charset=klingon", b"login=a", 400),
        ("application/octet-stream", bytes(range(256)), 403),
        ("application/json", b'{"login": 1}', 403),
    ],
)
async def test_bodies_that_are_no_forms_are_refused_calmly(office: Office, kind: str, body: bytes, status: int) -> None:
    browser = await office.browser()
    answer = await browser.http.post("/console/sign-in", data=body, headers={"Content-Type": kind})
    assert answer.status == status
    assert "出了点问题" not in await answer.text()


async def test_a_stranger_may_send_little_and_staff_not_everything(office: Office) -> None:
    stranger, staff = await office.browser(), await office.browser("steward")
    for browser, path, size in ((stranger, "sign-in", 100_000), (staff, "tickets/new", 26_000_000)):
        body = io.BytesIO(b"text=" + b"a" * size)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.http.post(f"/console/{path}", data=body, headers=kind)
        assert (path, answer.status) == (path, 413)
        assert "上传的内容太大了" in await answer.text()


@pytest.mark.parametrize("login", ["", "\x00", "a" * 10_000, "' OR '1'='1", "员工😀", "%", "staff0\n"])
async def test_odd_logins_get_the_usual_answer(office: Office, login: str) -> None:
    assert (await (await office.browser()).sign_in(login)).status in ({303} if login == "staff0\n" else {401})
