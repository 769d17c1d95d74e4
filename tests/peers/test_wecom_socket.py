"""The long connection against a gateway that keeps WeCom's rules: heard once, answered once, silent when it must be."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from actions.tickets.model import Ticket
from bot.channels.wecom.crypto import MessageCrypt
from bot.messages import ChatKind, OutgoingButton
from bot.storage.channels import set_state
from bot.storage.tables import Chat
from tests.peers.wecom_gateway import BOT
from tests.peers.wecom_town import AES_KEY, WecomTown, add_hook, open_wecom

FAULT = "@小邻 3栋2单元的电梯又停了，麻烦派人修一下"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WecomTown]:
    async with open_wecom(tmp_path) as opened:
        await opened.connected()
        yield opened


async def test_what_is_said_to_the_bot_is_heard_once_and_answered_once_under_its_request(town: WecomTown) -> None:
    gateway = town.gateway
    first = gateway.message(FAULT)
    others = [gateway.message(f"@小邻 谢谢{n}", user=f"user{n}") for n in range(3)]
    req_ids = [await gateway.tell(body) for body in (others[2], first, *others[:2], first, first)]
    lines = await town.heard(4)
    assert [line.text for line in lines if "电梯" in line.text] == ["3栋2单元的电梯又停了，麻烦派人修一下"]
    assert all(line.mentions_bot for line in lines)
    await town.world.settle()
    await town.settled("sent")
    answer = next(frame for frame in gateway.sent("aibot_respond_msg") if "电梯" in str(frame))
    assert answer["headers"]["req_id"] == req_ids[1]
    assert answer["body"]["stream"]["finish"] is True
    assert len([words for words in gateway.words() if "电梯" in words]) == 1
    assert await town.counted("repeated") == 2
    assert not gateway.broken
    async with town.world.parts.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_it_comes_back_after_a_good_bye_and_after_none_and_what_waited_is_said(town: WecomTown) -> None:
    gateway = town.gateway
    await gateway.socket.close()
    await gateway.until(lambda: len(gateway.sockets) == 2 and gateway.subscribed)
    await gateway.say("@小邻 又连上了")
    await town.heard(1)
    gateway.socket._req.transport.abort()  # type: ignore[union-attr]
    await town.put()
    await gateway.until(lambda: len(gateway.sockets) == 3 and gateway.subscribed)
    await town.settled("sent")
    assert gateway.words().count("今晚停水，请备水") == 1
    assert "closed" in await town.faults()


async def test_a_gateway_that_does_not_answer_any_more_is_left(town: WecomTown) -> None:
    gateway = town.gateway
    gateway.fault = lambda frame: None if frame["cmd"] == "ping" else 0
    await gateway.until(lambda: len(gateway.sockets) >= 2)
    gateway.fault = lambda frame: 0
    await town.connected()
    assert "silent" in await town.faults()


async def test_where_another_takes_over_it_steps_back_until_somebody_says_so(town: WecomTown) -> None:
    gateway = town.gateway
    async with town.http.ws_connect(town.service._tools.platform.socket) as other:
        await other.send_json({"cmd": "aibot_subscribe", "headers": {"req_id": "1"},
                               "body": {"bot_id": BOT, "secret": "long-connection-secret-2026"}})  # fmt: skip
        await other.receive_json()
        await gateway.until(lambda: gateway.sockets[0].closed)

        async def gone() -> bool:
            return await town.state() == "displaced" and not town.service.dialers

        await town.until(gone)
        assert len(gateway.sockets) == 2
        found = await town.service.test(town.account_id)
        assert [one.phrase for one in found] == ["console.channel_test.bot_displaced"]
    async with town.world.parts.db.write() as session:
        await set_state(session, town.account_id, state="waiting")
    await town.service.look()
    await town.connected()


async def test_a_wrong_secret_is_said_and_not_tried_again(tmp_path: Path) -> None:
    async with open_wecom(tmp_path) as town:
        town.gateway.fault = lambda frame: 853000

        async def refused() -> bool:
            return await town.state() == "refused" and not town.service.dialers

        await town.until(refused)
        assert len(town.gateway.sent("aibot_subscribe")) == 1
        assert [one.phrase for one in await town.service.test(town.account_id)] == ["console.channel_test.bot_refused"]
        assert "secret_wrong" in await town.faults()


async def test_what_is_no_word_about_the_secret_is_tried_again(tmp_path: Path) -> None:
    async with open_wecom(tmp_path) as town:
        codes = itertools.chain([846601, -99, 45009], itertools.repeat(0))
        town.gateway.fault = lambda frame: next(codes)
        await town.connected()
        assert len(town.gateway.sent("aibot_subscribe")) == 4
        assert "not_let_in" in await town.faults()


async def test_a_late_acknowledgement_settles_it_and_nothing_is_said_twice(town: WecomTown) -> None:
    gateway = town.gateway
    gateway.holds = "aibot_send_msg"
    await town.put()
    await gateway.until(lambda: gateway.sent("aibot_send_msg"))

    async def unknown() -> bool:
        return (await town.outbox())[-1].error.startswith("DeliveryUnknown")

    await town.until(unknown)
    gateway.holds = ""
    await gateway.release()
    await town.settled("sent")
    assert gateway.words().count("今晚停水，请备水") == 1


async def test_without_an_acknowledgement_it_is_said_once_more_under_the_same_name_and_left_to_a_person(
    town: WecomTown,
) -> None:
    gateway = town.gateway
    gateway.fault = lambda frame: None if frame["cmd"] == "aibot_respond_msg" else 0
    await gateway.say(FAULT)
    await town.heard(1)
    await town.world.settle()
    rows = await town.settled("failed", "sent")
    said = gateway.sent("aibot_respond_msg")
    assert len(said) == 2
    assert len({frame["body"]["stream"]["id"] for frame in said}) == 1
    assert [row.error.split(":")[0] for row in rows if row.state == "failed"] == ["DeliveryUnknown"]


async def test_an_answer_that_comes_too_late_is_said_as_something_new(town: WecomTown) -> None:
    gateway = town.gateway
    for told, (code, fault) in enumerate(((846605, FAULT), (846608, "5栋1单元的电梯也停了，麻烦派人修一下"))):
        gateway.fault = lambda frame, code=code: code if frame["cmd"] == "aibot_respond_msg" else 0
        await gateway.say(fault, user=f"user{told}")
        await town.heard(told + 1)
        await town.world.settle()
        assert len(await town.settled("sent")) == told + 1
        said = gateway.sent("aibot_send_msg")[told]["body"]
        assert "电梯" in said["markdown"]["content"]
        assert said["chatid"] == "wrGroupEast"


async def test_a_storm_of_limits_is_waited_out_and_the_limits_are_kept(town: WecomTown) -> None:
    gateway, refused = town.gateway, iter([45009, 45009])
    gateway.fault = lambda frame: next(refused, 0) if frame["cmd"] == "aibot_send_msg" else 0
    for n in range(45):
        await town.put(f"通知{n}")
    await town.settled("sent", step=timedelta(seconds=5))
    assert gateway.words() == [f"通知{n}" for n in range(45)]
    assert gateway.broken["too many"] == 0
    assert await town.faults() == ["too_many", "too_many"]
    assert all(row.attempts == 1 for row in await town.outbox())


async def test_buttons_are_a_card_and_a_press_is_a_press(town: WecomTown) -> None:
    gateway = town.gateway
    await gateway.say("@小邻 你好")
    line = (await town.heard(1))[0]
    buttons = (OutgoingButton("我的工单", "mine"), OutgoingButton("找工作人员", "person"))
    await town.put("要我做什么？", answers_id=line.id, buttons=buttons, to_resident_id=line.resident_id)
    card = await gateway.until(lambda: next((f["body"]["template_card"] for f in gateway.sent("aibot_respond_msg")
                                             if "template_card" in f["body"]), None))  # fmt: skip
    assert [one["text"] for one in card["button_list"]] == ["我的工单", "找工作人员"]
    assert not any("回复数字" in words for words in gateway.words())
    await town.world.settle()
    press = {"card_type": "button_interaction", "event_key": "mine", "task_id": card["task_id"]}
    for user in ("somebody", "wangayi", "wangayi"):
        await gateway.tell(gateway.event("template_card_event", user=user, template_card_event=press))
    lines = await town.heard(3)
    assert [(one.text, one.button) for one in lines[1:]] == [("我的工单", "mine")] * 2
    update = (await gateway.until(lambda: gateway.sent("aibot_respond_update_msg")))[0]
    assert update["body"]["userids"] == ["wangayi"]
    assert update["body"]["template_card"]["task_id"] == card["task_id"]
    assert await town.counted("not_theirs") == 1


async def test_a_number_stands_for_a_button_and_a_card_that_is_not_taken_becomes_numbers(town: WecomTown) -> None:
    gateway = town.gateway
    gateway.fault = lambda frame: 42045 if "template_card" in str(frame) else 0
    await gateway.say("@小邻 你好")
    line = (await town.heard(1))[0]
    await town.put("要我做什么？", answers_id=line.id, buttons=(OutgoingButton("我的工单", "mine"),),
                   to_resident_id=line.resident_id)  # fmt: skip
    await gateway.until(lambda: any("回复数字即可：1 我的工单" in words for words in gateway.words()))
    await town.settled("sent")
    await gateway.say("@小邻 1")
    assert [(one.text, one.button) for one in (await town.heard(2))[1:]] == [("我的工单", "mine")]


async def test_a_group_robot_speaks_first_where_one_is_connected(town: WecomTown) -> None:
    await add_hook(town, voice=True)
    await town.put(urgent=True)
    await town.settled("sent")
    body = town.gateway.bodies[0]["text"]
    assert (body["content"], body["mentioned_list"]) == ("今晚停水，请备水", ["@all"])
    assert town.gateway.sent("aibot_send_msg") == []


async def test_quotes_pictures_and_words_make_one_message(town: WecomTown) -> None:
    gateway, out = town.gateway, io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    key = MessageCrypt("", AES_KEY, "")
    padded = out.getvalue() + bytes([32 - len(out.getvalue()) % 32]) * (32 - len(out.getvalue()) % 32)
    encryptor = key._cipher().encryptor()
    gateway.media["a"] = encryptor.update(padded) + encryptor.finalize()
    where = town.service._tools.platform.api
    picture = {"msgtype": "image", "image": {"url": f"{where}/media/a", "aeskey": AES_KEY}}
    broken = {"msgtype": "image", "image": {"url": f"{where}/media/a", "aeskey": "B" * 43}}
    mixed = {"msg_item": [{"msgtype": "text", "text": {"content": "@小邻 漏水"}}, picture, broken]}
    quote = {"msgtype": "text", "text": {"content": "楼上又滴水了"}}
    told = gateway.message(msgtype="mixed", mixed=mixed, quote=quote)
    for _ in range(3):
        await gateway.tell(told)
    line = (await town.heard(1))[0]
    await town.until(lambda: town.counted("repeated"))
    assert gateway.fetched == 2
    assert line.text == "漏水\n「楼上又滴水了」\n[图片]"
    assert len(line.pictures) == 1
    assert "picture_sealed" in await town.faults()


async def test_pictures_of_ours_are_uploaded_and_sent(town: WecomTown) -> None:
    raw = b"\x89PNG" + b"x" * (600 * 1024)

    async def read(ids: Any) -> tuple[str, ...]:
        return (base64.b64encode(raw).decode(),)

    object.__setattr__(town.service._parts, "read_pictures", read)
    await town.put(pictures=("one",))
    await town.settled("sent")
    assert town.gateway.uploads == [raw]
    init = town.gateway.sent("aibot_upload_media_init")[0]["body"]
    assert (init["total_chunks"], init["md5"]) == (2, hashlib.md5(raw).hexdigest())
    assert town.gateway.sent()[-1]["body"]["image"] == {"media_id": "media-1"}


async def test_who_opens_the_private_chat_is_greeted_once_and_can_be_answered_there(town: WecomTown) -> None:
    gateway = town.gateway
    await gateway.tell(gateway.event("enter_chat", chat=""))
    welcome = (await gateway.until(lambda: gateway.sent("aibot_respond_welcome_msg")))[0]
    assert "小邻" in welcome["body"]["text"]["content"]
    await gateway.say("我想举报有人在楼道里充电", chat="")
    line = (await town.heard(1))[0]
    async with town.world.parts.db.read() as session:
        assert (await session.get_one(Chat, line.chat_id)).kind == ChatKind.PRIVATE
    await town.put("这是私下的", chat_id=line.chat_id)
    await gateway.until(lambda: "这是私下的" in gateway.words())
    pushed = next(f["body"] for f in gateway.sent("aibot_send_msg"))
    assert (pushed["chatid"], pushed["chat_type"]) == ("wangayi", 1)
    await gateway.tell(gateway.event("enter_chat", chat=""))
    await gateway.say("还在吗", chat="")
    await town.heard(2)
    assert len(gateway.sent("aibot_respond_welcome_msg")) == 1
    await gateway.tell(gateway.event("feedback_event", feedback_event={"id": "trace_1", "type": 2}))

    async def judged() -> int:
        return await town.counted("disliked")

    assert await town.until(judged) == 1


async def test_a_private_answer_without_a_way_is_only_hinted_at_in_the_group(town: WecomTown) -> None:
    gateway = town.gateway
    await gateway.say("@小邻 早上好")
    line = (await town.heard(1))[0]
    async with town.world.parts.db.read() as session:
        query = select(Chat.id).where(Chat.kind == ChatKind.PRIVATE, Chat.resident_id == line.resident_id)
        private = await session.scalar(query)
    gateway.fault = lambda frame: 93006 if (frame.get("body") or {}).get("chat_type") == 1 else 0
    await town.put("民警今晚去看", chat_id=private, answers_id=line.id)
    hint = await gateway.until(lambda: next((words for words in gateway.words() if "单聊里" in words), None))
    assert "民警" not in hint
    gateway.fault = lambda frame: 0
    await gateway.say("在的", chat="")
    await gateway.until(lambda: gateway.words().count("民警今晚去看") == 1)


async def test_nobody_is_heard_in_a_group_without_a_community_or_while_paused(town: WecomTown) -> None:
    gateway = town.gateway
    await gateway.say("@小邻 在吗", chat="wrElsewhere")
    late = '{"headers":{"req_id":"?"},"errcode":0}'
    for odd in ('{"cmd":', "[]", '{"cmd":"aibot_msg_callback"}', "[" * 50_000, late):
        await gateway.socket.send_str(odd)
    await gateway.say("@小邻 在吗", user=BOT)
    await gateway.say("@小邻 在吗")
    assert len(await town.heard(1)) == 1
    assert await town.counted("unmapped") == 1
    assert await town.counted("own") == 1
    async with town.world.parts.db.write() as session:
        await set_state(session, town.account_id, paused_at=town.world.clock.now())
    await town.service.look()
    await gateway.until(lambda: not gateway.subscribed)
    await town.put()
    assert (await town.outbox())[-1].attempts == 0
