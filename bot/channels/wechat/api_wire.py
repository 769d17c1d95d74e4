"""What is to be said ⇄ the payloads of qyapi.weixin.qq.com and api.weixin.qq.com; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.channels.wechat.callback_wire import OUTBOX_TASK
from bot.channels.wecom.envelopes import build_xml
from bot.clock import local
from bot.messages import OutgoingButton

Json = dict[str, Any]
MOST_BYTES = 2048  # of one text
MOST_PARTS = 5
_BORDERS = ("\n\n", "\n", "。", "！", "？", "；", "，", " ")
# what a card of buttons can show
MOST_CARD_BUTTONS, LONGEST_LABEL, LONGEST_CARD_TEXT, LONGEST_TITLE = 6, 10, 112, 26
LONGEST_GROUP_NAME, MOST_MEMBERS = 50, 2000
REPEAT_WITHIN_S = 1800
#: how much a template's field of a kind holds, in characters
FIELDS: Mapping[str, int] = {"thing": 20, "character_string": 32, "phrase": 5, "const": 20, "name": 10}


class Verdict(StrEnum):
    """What an errcode means for what was to be said."""

    DONE = "done"
    TOKEN = "token"  # fetch another one and try once more
    LATER = "later"  # too much: rest a while
    BUSY = "busy"  # try again
    WINDOW = "window"  # they have to write first
    NOBODY = "nobody"  # that person cannot be reached
    FORBIDDEN = "forbidden"  # the account is not set up right: everything waits for an admin
    FINAL = "final"  # it will never be taken


_VERDICTS: Mapping[Verdict, frozenset[int]] = {
    Verdict.DONE: frozenset({0}),
    Verdict.TOKEN: frozenset({40001, 40014, 41001, 42001}),
    Verdict.LATER: frozenset({45009, 45011, 45033}),
    Verdict.BUSY: frozenset({-1, 6000, 50005, 45022}),
    Verdict.WINDOW: frozenset({45015, 45047}),
    Verdict.NOBODY: frozenset({40003, 40031, 43004, 43019, 46003, 60111, 60121, 81013, 82001, 86008, 86001, 43101}),
    Verdict.FORBIDDEN: frozenset({40013, 40056, 40125, 40164, 40243, 41002, 41004, 48001, 48002, 48004, 48006, 50001,
                                  50002, 60011, 60020, 61004, 89503, 301002}),
    Verdict.FINAL: frozenset({40004, 40007, 40008, 40033, 40037, 40058, 44001, 44002, 44004, 45002, 45008, 47001,
                              47003, 81014, 87014}),
}  # fmt: skip
_BY_CODE = {code: verdict for verdict, codes in _VERDICTS.items() for code in codes}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform says to a call; never decide by ``words``."""

    code: int
    words: str
    data: Mapping[str, Any]

    @property
    def verdict(self) -> Verdict:
        return _BY_CODE.get(self.code, Verdict.BUSY)


def read_answer(data: Any) -> Answer:
    """The value of an answer; one that is none counts as busy."""
    if not isinstance(data, Mapping):
        return Answer(-1, "no object", {})
    code = data.get("errcode", 0)
    number = code if isinstance(code, int) and not isinstance(code, bool) else -1
    return Answer(number, str(data.get("errmsg", ""))[:200], data)


def read_token(answer: Answer) -> tuple[str, int]:
    """Token and how many seconds it holds; ("", 0) where there is none."""
    token, seconds = answer.data.get("access_token"), answer.data.get("expires_in")
    if answer.code != 0 or not isinstance(token, str) or not token:
        return "", 0
    known = isinstance(seconds, int) and not isinstance(seconds, bool)
    return token, max(int(seconds), 0) if known and isinstance(seconds, int) else 7200


def missed(answer: Answer, user_id: str) -> bool:
    """Whether a call that went well did not reach that one all the same."""
    named = [str(answer.data.get(name) or "") for name in ("invaliduser", "unlicenseduser")]
    return any(user_id.lower() in one.lower().split("|") for one in named)


def split_bytes(text: str, most: int = MOST_BYTES) -> list[str]:
    """The text in pieces of at most so many bytes, cut where a paragraph, a line or a sentence ends. At most five:
    the last says by its "…" that there would be more."""
    pieces: list[str] = []
    rest = text
    while len(rest.encode("utf-8", "replace")) > most and len(pieces) < MOST_PARTS - 1:
        room = rest.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
        cut = next((at + len(b) for b in _BORDERS if (at := room.rfind(b, len(room) // 2)) > 0), len(room))
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if len(rest.encode("utf-8", "replace")) > most:
        rest = rest.encode("utf-8", "replace")[: most - 3].decode("utf-8", "ignore") + "…"
    pieces.append(rest)
    return [piece for piece in pieces if piece] or [""]


def build_text(text: str) -> Json:
    return {"msgtype": "text", "text": {"content": text}}


def build_image(media_id: str) -> Json:
    return {"msgtype": "image", "image": {"media_id": media_id}}


def fits_card(text: str, buttons: Sequence[OutgoingButton]) -> bool:
    """Whether all of it can be seen on a card of buttons."""
    labels = all(0 < len(button.label) <= LONGEST_LABEL for button in buttons)
    return 0 < len(buttons) <= MOST_CARD_BUTTONS and labels and 0 < len(text) <= LONGEST_CARD_TEXT


def build_card(title: str, text: str, buttons: Sequence[OutgoingButton], delivery_id: int) -> Json:
    """A card with buttons; what comes back names the delivery."""
    return {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction",
            "main_title": {"title": title[:LONGEST_TITLE]},
            "sub_title_text": text,
            "task_id": f"{OUTBOX_TASK}{delivery_id}",
            "button_list": [{"text": button.label, "style": 1, "key": button.value} for button in buttons],
        },
    }


def address_app(piece: Json, user_id: str, agent_id: int, *, again: bool) -> Json:
    """To one person through an app. ``again``: it may have arrived, the platform shall compare."""
    payload: Json = {"touser": user_id, "agentid": agent_id, "safe": 0, **piece}
    if again:
        payload |= {"enable_duplicate_check": 1, "duplicate_check_interval": REPEAT_WITHIN_S}
    return payload


def address_group(piece: Json, chat_id: str, mentioned: str = "") -> Json:
    """Into a group that the app has made."""
    said = dict(piece)
    if mentioned and said["msgtype"] == "text":
        said["text"] = {**said["text"], "mentioned_list": [mentioned]}
    return {"chatid": chat_id, "safe": 0, **said}


def address_follower(piece: Json, openid: str) -> Json:
    """To one follower of an Official Account."""
    return {"touser": openid, **piece}


def build_group(name: str, owner: str, members: Sequence[str]) -> Json:
    """A group to be made. Its owner is one of its members."""
    users = list(dict.fromkeys([owner, *members]))[:MOST_MEMBERS]
    return {"name": name[:LONGEST_GROUP_NAME], "owner": owner, "userlist": users}


def build_template(openid: str, template: Sequence[str], text: str, url: str, delivery_id: int, now: datetime) -> Json:
    """A template message. ``template``: its id and its fields, by the platform's names of them ("thing1")."""
    fields = {name: {"value": fill_field(name, text, now)} for name in template[1:]}
    return {"touser": openid, "template_id": template[0], "url": url, "data": fields,
            "client_msg_id": f"{OUTBOX_TASK}{delivery_id}"}  # fmt: skip


def build_subscribe(openid: str, template: Sequence[str], text: str, url: str, now: datetime) -> Json:
    """A subscription notice."""
    fields = {name: {"value": fill_field(name, text, now)} for name in template[1:]}
    return {"touser": openid, "template_id": template[0], "page": url, "data": fields}


def fill_field(name: str, text: str, now: datetime) -> str:
    """What fits into a field: its name says what it holds."""
    kind = name.rstrip("0123456789")
    if kind in {"time", "date"}:
        return f"{local(now):%Y-%m-%d %H:%M}"
    return text[: FIELDS.get(kind, 20)]


def build_passive(openid: str, account: str, text: str, now: datetime) -> str:
    """The text as the answer to a callback."""
    return build_xml(
        {
            "ToUserName": openid,
            "FromUserName": account,
            "CreateTime": int(now.timestamp()),
            "MsgType": "text",
            "Content": text,
        }
    )
