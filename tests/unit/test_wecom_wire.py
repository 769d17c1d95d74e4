"""What WeCom's bots hear and say ⇄ values: recorded frames, odd ones, and whatever else may come."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wecom.aibot_speech import (
    CHUNK,
    build_bubble,
    build_card,
    can_have_card,
    cut_chunks,
    delivery_of,
    with_card,
)
from bot.channels.wecom.aibot_wire import (
    Acked,
    Asked,
    Called,
    Displaced,
    Entered,
    Judged,
    Media,
    Odd,
    Pressed,
    Spoken,
    read_event,
    read_frame,
    strip_name,
)
from bot.channels.wecom.codes import NONSENSE, Verdict, read_answer
from bot.channels.wecom.crypto import MessageCrypt
from bot.channels.wecom.pieces import cut_bytes, split_bytes
from bot.channels.wecom.webhook_wire import (
    EVERYBODY,
    Article,
    TooLarge,
    Voice,
    build_bodies,
    build_image,
    build_news,
    build_text,
    check_file,
)
from bot.messages import OutgoingButton, OutgoingMessage

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
VECTORS = json.loads((Path(__file__).parent / "data" / "wxbizmsgcrypt_vectors.json").read_text("utf-8"))
SAID: dict[str, Any] = {
    "msgid": "CAIQrcjMjQYYg1", "aibotid": "AIBOTID", "chatid": "CHATID", "chattype": "group",
    "from": {"userid": "USERID"}, "msgtype": "text", "text": {"content": "@RobotA hello robot"},
    "response_url": "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=1",
    "quote": {"msgtype": "text", "text": {"content": "这是今日的测试情况"}},
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def hear(**changes: Any) -> Spoken:
    heard = read_event({**SAID, **changes}, ["RobotA"])
    assert isinstance(heard, Spoken), heard
    return heard


def test_a_recorded_message_is_read_whole() -> None:
    heard = hear()
    assert (heard.text, heard.group_id, heard.user_id, heard.message_id) == (
        "hello robot", "CHATID", "USERID", "CAIQrcjMjQYYg1",
    )  # fmt: skip
    assert heard.quote is not None
    assert heard.quote.text == "这是今日的测试情况"
    assert heard.response_url.endswith("response_code=1")


def test_every_kind_of_message_is_heard_and_nothing_of_it_dropped() -> None:
    image = {"msgtype": "image", "image": {"url": "https://x/1", "aeskey": "k"}}
    text = {"msgtype": "text", "text": {"content": "@RobotA 漏水"}}
    mixed = hear(msgtype="mixed", mixed={"msg_item": [text, image, {"msgtype": "sticker"}]})
    assert (mixed.text, mixed.pictures) == ("漏水\n[sticker]", (Media("https://x/1", "k"),))
    assert hear(msgtype="voice", voice={"content": "电梯坏了"}).text == "电梯坏了"
    assert hear(msgtype="voice", voice={}).text == "[语音]"
    assert hear(msgtype="video", video={"url": "https://x/v"}).text == "[视频]"
    assert hear(msgtype="file", file={"url": "https://x/f"}).pictures == (Media("https://x/f", "", True),)
    assert hear(msgtype="image", image={}).text == "[图片]"
    alone = hear(text={"content": "@RobotA"})  # only the quote says what is meant
    assert (alone.text, alone.quote is not None) == ("", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@小邻 电梯坏了", "电梯坏了"), ("@小邻\u2005电梯坏了", "电梯坏了"), ("电梯坏了 @小邻", "电梯坏了"),
        ("@小邻 助手 电梯坏了", "电梯坏了"), ("@小邻 助手电梯坏了", "电梯坏了"), ("@小邻", ""),
        ("@另一个名字 电梯坏了", "电梯坏了"), ("问下 @小邻 电梯", "问下 @小邻 电梯"),
        ("a@b.cn 是我邮箱", "a@b.cn 是我邮箱"),
    ],
)  # fmt: skip
def test_the_bots_own_name_is_taken_away_wherever_it_is_called(text: str, said: str) -> None:
    assert strip_name(text, ["小邻", "小邻 助手"]) == said


def test_nobody_the_system_and_groups_without_a_name_are_not_heard() -> None:
    for changes in ({"from": {}}, {"from": {"userid": "sys"}}, {"chatid": ""}, {"text": {}, "quote": None}):
        assert isinstance(read_event({**SAID, **changes}), Odd)


def test_events_are_read() -> None:
    def event(kind: str, **inner: Any) -> Any:
        told = {"msgtype": "event", "create_time": 1795312101, "event": {"eventtype": kind, **inner}}
        return read_event({**SAID, **told})

    card = {"card_type": "button_interaction", "event_key": "mine", "task_id": "linan-7"}
    pressed = event("template_card_event", template_card_event=card)
    assert isinstance(pressed, Pressed)
    assert (pressed.task_id, pressed.key, delivery_of(pressed.task_id)) == ("linan-7", "mine", 7)
    assert isinstance(event("template_card_event", template_card_event={}), Odd)
    assert event("enter_chat") == Entered("AIBOTID", "USERID")
    assert event("feedback_event", feedback_event={"id": "trace_1", "type": 2}) == Judged("AIBOTID", False, "trace_1")
    assert event("disconnected_event") == Displaced("AIBOTID")
    assert isinstance(event("new_thing"), Odd)
    assert read_event({"msgtype": "stream", "stream": {"id": "s"}}) == Asked("", "s")


def test_frames_are_callbacks_or_acknowledgements() -> None:
    called = read_frame(json.dumps({"cmd": "aibot_msg_callback", "headers": {"req_id": "CB1"}, "body": SAID}))
    assert isinstance(called, Called)
    assert called.req_id == "CB1"
    acked = read_frame('{"headers":{"req_id":"r"},"errcode":846605,"errmsg":"bad"}')
    assert isinstance(acked, Acked)
    assert acked.answer.verdict is Verdict.EXPIRED
    control = '{"cmd":"aibot_msg_callback","body":{"msgtype":"text","text":{"content":"\x01"}}}'
    assert isinstance(read_frame(control), Called)


def test_what_is_said_twice_has_one_name_and_two_people_never_share_one() -> None:
    assert hear().identity(NOW) == hear().identity(NOW + timedelta(hours=5))
    assert hear().identity(NOW) != hear(**{"from": {"userid": "OTHER"}}).identity(NOW)
    nameless = hear(msgid=None)
    assert nameless.identity(NOW) == hear(msgid="").identity(NOW)
    assert nameless.identity(NOW) != hear(msgid=None, text={"content": "@RobotA 别的"}).identity(NOW)
    assert len(hear(msgid="m" * 64, **{"from": {"userid": "u" * 64}}).identity(NOW)) <= 150


@given(JSON, st.sampled_from(["text", "mixed", "event", "stream", "voice", "image", "file", None]))
@settings(max_examples=60)
def test_whatever_comes_is_a_value_and_never_an_error(inner: Any, kind: str | None) -> None:
    body = {**SAID, "msgtype": kind, str(kind): inner, "quote": inner, "create_time": inner}
    for data in (body, {**body, "from": inner}, {**body, "chatid": inner, "msgid": inner}):
        event = read_event(data)
        if isinstance(event, Spoken):
            assert len(event.identity(NOW)) <= 150
            assert event.text or event.pictures or event.quote
    read_frame(json.dumps({"cmd": inner, "headers": inner, "body": inner, "errcode": inner}))
    read_answer(json.dumps(inner))


@given(st.text(max_size=400), st.integers(8, 120))
@settings(max_examples=80)
def test_pieces_fit_and_nothing_but_blanks_is_lost(text: str, most: int) -> None:
    pieces = split_bytes(text, most)
    assert all(piece and len(piece.encode("utf-8", "replace")) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert len(cut_bytes(text, most).encode("utf-8", "replace")) <= most


def test_pieces_end_where_sentences_do() -> None:
    assert split_bytes("第一句话。第二句话，还没完。第三句。", 40) == ["第一句话。", "第二句话，还没完。第三句。"]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"errcode":0}', Verdict.DONE), ('{"errcode":45009}', Verdict.LATER), ('{"errcode":93000}', Verdict.DEAD),
        ('{"errcode":853000}', Verdict.DEAD), ('{"errcode":-1}', Verdict.AGAIN), ('{"errcode":40058}', Verdict.WRONG),
    ],
)  # fmt: skip
def test_numbers_say_what_to_do(body: str, verdict: Verdict) -> None:
    assert read_answer(body).verdict is verdict


@pytest.mark.parametrize("body", ["", "null", "[]", '{"errcode":"0"}', '{"errcode":true}', "[" * 9999])
def test_an_answer_that_is_none_is_no_success(body: str) -> None:
    assert read_answer(body).errcode == NONSENSE


def test_bodies_of_a_robot_are_as_the_platform_wants_them() -> None:
    assert build_text("停水", users=[EVERYBODY]) == {
        "msgtype": "text", "text": {"content": "停水", "mentioned_list": ["@all"]},
    }  # fmt: skip
    raw = b"\x89PNG"
    image = build_image(raw)["image"]
    assert (base64.b64decode(image["base64"]), image["md5"]) == (raw, hashlib.md5(raw).hexdigest())
    news = build_news([Article("题" * 99, "https://x", "述" * 999)] * 9)["news"]["articles"]
    assert len(news) == 8
    assert all(len(one["title"].encode()) <= 128 and len(one["description"].encode()) <= 512 for one in news)
    for raw in (b"", b"12345", b"x" * (20 * 1024 * 1024 + 1)):
        with pytest.raises(TooLarge):
            check_file(raw)
    with pytest.raises(TooLarge):
        build_image(b"x" * (2 * 1024 * 1024 + 1))


def test_a_robot_offers_numbers_only_where_somebody_hears_them_and_a_card_where_it_can_be_opened() -> None:
    message = OutgoingMessage(1, "清洁日", buttons=(OutgoingButton("报名", "activity:1"),),
                              card={"title": "清洁日", "when": "周六上午", "places": "还有5个"})  # fmt: skip
    (deaf,) = build_bodies(message, [], Voice())
    (heard,) = build_bodies(message, [], Voice(hears=True, hint="@我回数字：{buttons}"))
    assert "报名" not in deaf["text"]["content"]
    assert "@我回数字：1 报名" in heard["text"]["content"]
    (card,) = build_bodies(message, [b"x"], Voice(url="https://linan.example"))[:1]
    assert card["template_card"]["card_action"] == {"type": 1, "url": "https://linan.example"}
    assert card["template_card"]["horizontal_content_list"] == [{"keyname": "时间", "value": "周六上午"}]


def test_a_bubble_is_finished_with_its_card_and_its_pictures() -> None:
    card = build_card("请点一个", [{"label": "很长很长很长很长很长的按钮", "value": "mine"}], 7)
    assert len(card["button_list"][0]["text"].encode()) <= 30
    open_, done = (build_bubble("s", "好", finish=finish, pictures=[b"x"]) for finish in (False, True))
    assert ("msg_item" in open_["stream"], "msg_item" in done["stream"]) == (False, True)
    assert with_card(done, card)["msgtype"] == "stream_with_template_card"
    assert with_card(done, None) is done
    assert not can_have_card([OutgoingButton("a", "b")] * 7)
    assert [len(base64.b64decode(one)) for one in cut_chunks(b"x" * (CHUNK + 1))] == [CHUNK, 1]
    assert [delivery_of(task) for task in ("linan-", "linan-x", "7", "linan-9" + "9" * 30)] == [None] * 4


def test_the_published_message_of_a_bot_opens() -> None:
    record = next(one for one in VECTORS if one["name"] == "D.aibot")
    crypt = MessageCrypt(record["token"], record["encoding_aes_key"], "")
    sealed = (record["msg_signature"], record["timestamp"], record["nonce"], record["encrypt"])
    heard = read_event(json.loads(crypt.open(*sealed)), ["RobotA"])
    assert isinstance(heard, Spoken)
    assert (heard.text, heard.group_id) == ("hello robot", "CHATID")
