"""What no browser should send to a real server's pages: forms, files, paths, cookies, half requests."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import struct
import zlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar
from PIL import Image
from sqlalchemy import func, select

from actions.people.model import Resident
from actions.tickets.model import Ticket
from bot.storage.tables import Picture
from tests.support.chat_client import ChatClient
from tests.support.console import PASSWORD
from tests.support.street import Street, ask, open_street

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "'\"><script>alert(1)</script><img src=x onerror=alert(1)>'); DROP TABLE ticket;--{{7*7}}"
SHORT = "<b>&'\"--</b>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    async with open_street(tmp_path_factory.mktemp("street")) as opened:
        yield opened


async def sign_in(street: Street, http: ClientSession, role: str = "admin") -> str:
    """A staff member's browser; the token of its forms."""
    form = {"login": street.community.staff[role], "password": PASSWORD}
    async with http.get(street.url + "/console/sign-in") as page:
        form["csrf"] = token_in(await page.text())
    async with http.post(street.url + "/console/sign-in", data=form) as page:
        assert page.status == 200
        assert str(page.url).endswith("/console/")
        return token_in(await page.text())


def token_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page) or re.search(r'"X-CSRF-Token": "([^"]+)"', page)
    assert found is not None
    return found[1]


def is_harmless(page: str) -> bool:
    return not any(bad in page for bad in ("<script>alert", "<img src=x", "<b>&", ">49<", "Traceback"))


async def test_every_field_of_the_join_form_is_checked_and_shown_as_text(street: Street) -> None:
    path = f"{street.url}/j/{street.community.invite}"
    before = await count(street, Resident)
    good = {"nickname": "正常", "home": "elsewhere", "room": "", "consent": "yes"}
    for name in good:
        for value in (HOSTILE, "\x00", "长" * 10_000):
            if (name, value) == ("room", "\x00"):
                continue
            async with street.http.post(path, data=good | {name: value}) as answer:
                text = await answer.text()
                assert answer.status == 400, (name, value[:20])
                assert is_harmless(text)
                assert "text/html" in answer.headers["Content-Type"]
    assert await count(street, Resident) == before


async def test_a_name_of_html_is_text_on_every_page_that_shows_it(street: Street) -> None:
    form = {"nickname": SHORT, "home": "elsewhere", "room": "", "consent": "yes"}
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        async with http.post(f"{street.url}/j/{street.community.invite}", data=form) as chat:
            assert chat.status == 200
            assert is_harmless(await chat.text())
        token = next(cookie.value for cookie in http.cookie_jar if cookie.key == "linan_resident")
        async with ChatClient(http, token, street.url) as page:
            await page.until(lambda: page.connected)
            private = next(chat["id"] for chat in page.chats if chat["kind"] == "private")
            await page.say("h", private, f"3栋2单元电梯坏了 {HOSTILE}")
            line = (await page.acked("h"))["id"]
            await page.until(lambda: bool(page.answers_to(line)))
    async with street.db.read() as session:
        ticket = await session.scalar(select(Ticket).where(Ticket.message_id == line))
    assert ticket is not None
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as staff:
        await sign_in(street, staff)
        for path in ("", "tickets", f"tickets/{ticket.id}", "tickets?q=alert", "staff-chat", "deliveries", "schedules"):
            async with staff.get(f"{street.url}/console/{path}") as shown:
                text = await shown.text()
                assert shown.status == 200, path
                assert is_harmless(text), path
        async with staff.get(f"{street.url}/console/tickets/{ticket.id}") as shown:
            text = await shown.text()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "&lt;b&gt;&amp;&#39;" in text


async def test_the_consoles_forms_take_nothing_hostile(street: Street) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        token = await sign_in(street, http)
        before = await count(street, Ticket)
        good = {"csrf": token, "service": "service_request/elevator", "text": "电梯坏了", "building": "3"}
        wrong = {"service": HOSTILE, "text": "x" * 2001, "nickname": HOSTILE[:30], "building": "x" * 17}
        for name, value in wrong.items():
            async with http.post(f"{street.url}/console/tickets/new", data=good | {name: value}) as answer:
                assert answer.status == 422, name
                assert is_harmless(await answer.text()), name
        async with http.post(f"{street.url}/console/tickets/new", data=good | {"csrf": "forged"}) as answer:
            assert answer.status == 403
        for path in ("tickets/1/move", "tickets/999999999999999/note", "deliveries/1/resend", "account/password"):
            async with http.post(f"{street.url}/console/{path}", data={"csrf": token, "move": HOSTILE}) as answer:
                assert answer.status in (200, 404, 422), path
                assert is_harmless(await answer.text()), path
        assert await count(street, Ticket) == before


@pytest.mark.parametrize("forged", ["x", "gAAAAA" + "A" * 200, "' OR 1=1--", "%00%ff", "x" * 4000])
async def test_a_forged_staff_cookie_only_reaches_the_sign_in_page(street: Street, forged: str) -> None:
    headers = {"Cookie": f"linan_console={forged}"}
    for path in ("", "tickets", "tickets/1", "staff-chat", "account"):
        async with street.http.get(f"{street.url}/console/{path}", headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303, path
            assert answer.headers["Location"].startswith("/console/sign-in")
    async with street.http.post(f"{street.url}/console/tickets/new", data={"text": "x"}, headers=headers) as answer:
        assert str(answer.url.path) == "/console/sign-in"


def jpeg(width: int = 400, height: int = 300) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that unpack to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 3_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue()


NO_PICTURES = {
    "nothing": (b"", 415, "picture_unknown_kind"),
    "text": ("我不是图片".encode(), 415, "picture_unknown_kind"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "picture_unknown_kind"),
    "html": (b"<!doctype html><script>alert(1)</script>", 415, "picture_unknown_kind"),
    "gif": (gif(), 415, "picture_unknown_kind"),
    "elf": (b"\x7fELF" + b"\0" * 5000, 415, "picture_unknown_kind"),
    "bomb": (png_bomb(50_000, 50_000), 400, "picture_too_many_pixels"),
    "small bomb": (png_bomb(6_000, 6_000), 400, "picture_broken"),
    "truncated": (jpeg()[:3000], 400, "picture_broken"),
    "head only": (jpeg()[:20], 415, "picture_unknown_kind"),
    "too large": (jpeg() + b"\0" * (5 * 1024 * 1024), 413, "picture_too_large"),
}


async def test_what_is_no_picture_is_refused_by_its_content(street: Street) -> None:
    who, before = street.somebody(), await count(street, Picture)
    for name, (body, status, code) in NO_PICTURES.items():
        headers = street.cookie(who) | {"Content-Type": "image/jpeg"}
        file = io.BytesIO(body)
        async with street.http.post(street.url + "/api/chat/pictures", data=file, headers=headers) as answer:
            told = await answer.json()
            assert (answer.status, told["code"]) == (status, code), name
            assert re.search("[\u4e00-\u9fff]", told["message"])
    assert await count(street, Picture) == before


async def test_a_picture_with_a_page_inside_is_served_without_it(street: Street) -> None:
    who = street.somebody()
    polyglot = jpeg() + b"<script>alert(1)</script><?php system($_GET[0]); ?>"
    async with street.http.post(
        street.url + "/api/chat/pictures", data=polyglot, headers=street.cookie(who)
    ) as answer:
        assert answer.status == 201
        kept = await answer.json()
    async with street.page(who) as page:
        line = await ask(page, type="send", client_id="p", chat_id=who.private_id, text="", pictures=[kept["id"]])
    address = f"{street.url}/api/chat/lines/{line['id']}/pictures/{kept['id']}"
    async with street.http.get(address, headers=street.cookie(who)) as answer:
        body = await answer.read()
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"script" not in body
    assert b"php" not in body
    async with street.http.get(address, headers=street.cookie(street.somebody())) as answer:
        assert answer.status == 403


async def test_bodies_beyond_the_limit_are_refused_in_chinese(street: Street) -> None:
    huge = io.BytesIO(b"nickname=" + b"x" * (7 * 1024 * 1024))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with street.http.post(f"{street.url}/j/{street.community.invite}", data=huge, headers=kind) as answer:
        assert answer.status == 413
        assert re.search("[\u4e00-\u9fff]", await answer.text())
    headers = street.cookie(street.somebody()) | {"Content-Type": "application/json"}
    for body, code in ((b"x", "bad_json"), (b"[" * 100_000, "bad_json"), (b'{"big_text": 1}', "bad_frame")):
        async with street.http.post(street.url + "/api/chat/settings", data=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, code)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        token = await sign_in(street, http)
        huge = io.BytesIO(f"csrf={token}&text=".encode() + b"x" * (25 * 1024 * 1024))
        async with http.post(street.url + "/console/tickets/new", data=huge, headers=kind) as answer:
            assert answer.status == 413
            assert re.search("[\u4e00-\u9fff]", await answer.text())


async def raw(street: Street, sent: bytes, *, within_s: float = 5.0) -> bytes:
    """What the server says to these bytes, exactly as they are."""
    where = urlsplit(street.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(sent)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(reader.read(100_000), within_s)
        return b""
    finally:
        writer.close()


PATHS = (
    "/static/chat/../../settings.py",
    "/static/chat/..%2f..%2fsettings.py",
    "/static/chat/%2e%2e/%2e%2e/%2e%2e/%2e%2e/settings.py",
    "/static/console/../../../bot/settings.py",
    "/static/vendor/..%5c..%5csettings.py",
    "/static/vendor//etc/passwd",
    "/static/chat/%00",
    "/../../../../etc/passwd",
    "/api/chat/lines/1/pictures/..%2f..%2f..%2fsecret.key",
    "/console/tickets/1/pictures/../../../../secret.key",
    "/var/linan.db",
    "/j/..%2f..%2f",
    "/j/no-such-invite",
    "/r/" + "A" * 43,
)


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_out_of_what_is_served(street: Street, path: str) -> None:
    answer = await raw(street, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    assert status in (303, 400, 403, 404), answer[:200]
    assert status != 303 or b"Location: /console/sign-in" in answer
    assert b"env_prefix" not in answer
    assert b"root:" not in answer


BROKEN_REQUESTS = (
    b"\x00\xff\xfe\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /j/x HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /j/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


async def test_what_is_no_request_is_refused_without_a_word_of_the_code(street: Street) -> None:
    for sent in BROKEN_REQUESTS:
        answer = await raw(street, sent, within_s=2.0)
        assert answer == b"" or int(answer.split(b" ", 2)[1]) in (400, 404, 413), answer[:200]
        assert b"Traceback" not in answer
        assert b"site-packages" not in answer


async def test_a_form_that_breaks_off_or_is_malformed_is_refused(street: Street) -> None:
    path = f"{street.url}/j/{street.community.invite}"
    bodies = {
        "multipart/form-data; boundary=x": b"--x\r\nContent-Disposition: form-data; name=\"nickname\"\r\n\r\nabc",
        "multipart/form-data": b"no boundary at all",
        "application/x-www-form-urlencoded": b"nickname=%ff%fe&home=%zz&consent=yes",
        "application/x-www-form-urlencoded; charset=nonsense": b"nickname=a",
        "application/json": b"{}",
    }
    for kind, body in bodies.items():
        async with street.http.post(path, data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status in (400, 415), (kind, answer.status)
            text = await answer.text()
            assert "Traceback" not in text
            assert '"code": "bad_form"' in text or re.search("[\u4e00-\u9fff]", text), (kind, text)


async def test_two_hundred_half_requests_hold_nobody_up(street: Street) -> None:
    where = urlsplit(street.url)
    who = street.somebody()
    upgrade = (
        f"GET /ws HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n{street.cookie(who)['Cookie']}\r\n"
    )
    halves = [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow",
        b"POST /j/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nnick",
        upgrade.encode(),
        upgrade.replace("linan_", "Cookie: linan_").encode() + b"\r\n\x81\xfe\x10",  # half a frame's head
    ]
    writers = []
    try:
        for n in range(200):
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            writer.write(halves[n % len(halves)])
            writers.append(writer)
        async with street.page(street.somebody()) as page:
            await page.send_json({"type": "ping"})
            await page.receive_json()
        async with street.http.get(street.url + "/health") as health:
            assert health.status == 200
    finally:
        for writer in writers:
            writer.close()


async def count(street: Street, table: type) -> int:
    async with street.db.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)
