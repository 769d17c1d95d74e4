"""Neighbours' help in the chat: what somebody needs, what somebody can do. Only what is said to the bot."""

from __future__ import annotations

import re
from typing import Any

from actions.pool.commands import (
    AnswerOffer,
    AskForHelp,
    CancelNeed,
    CompleteNeed,
    GiveBack,
    OfferHelp,
    RestVolunteer,
    SayHelped,
    SayNoShow,
)
from bot.decide.days import read_days
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.messages import ChatKind
from nlu.model.folding import fold
from nlu.model.script import to_simplified

LONGEST = 200
#: a day or an hour between who and what: "想请人明天下午帮我买菜"
_WHEN = (
    r"(?:今天|今晚|明天|明晚|明早|大?后天|(?:这|本|下)?个?(?:周|星期|礼拜)[一二三四五六日天末]|每天|早上|上午|中午|下午|傍晚|晚上"
    r"|\d{1,2}月\d{1,2}[日号]|[\d一二三四五六七八九十]{1,3}[点号]半?|来|上门|过来|到?(?:我|我妈|我爸)?家里?|在|的时候|[,，\s])*"
)
_NEEDS = re.compile(
    r"(?:想|要|能不能|可以|可不可以|帮我?)?(?:请|找)(?:个|位|一位|志愿者|好心)?(?:人|邻居|志愿者)"
    rf"{_WHEN}(?:帮|教|陪|给|替|代|一起|辅导)"
    r"|(?:谁|哪位(?:邻居)?|有没有(?:人|邻居|志愿者))"
    rf"{_WHEN}(?:能|可以|会|愿意){_WHEN}(?:帮|教|陪|给|替|代|辅导)"
    rf"|需要(?:有)?(?:人|志愿者){_WHEN}(?:帮|教|陪|给|替|代)"
)
_CAN = re.compile(r"我(?:会|能|可以|愿意|想)")
_FREELY = re.compile(r"有空|志愿|帮(?:忙|邻居|大家|老人)|报名(?:当|做)|义务")
_REST = re.compile(r"(?:别|不要|先别|暂时别)(?:再)?(?:给我)?派(?:任务|活)|(?:不做|退出)志愿(?:者|服务)?了?")
_PARTS = (("早上", "m"), ("上午", "m"), ("中午", "a"), ("下午", "a"), ("晚", "e"), ("夜", "e"))
_ANY = re.compile(r"哪天都|随时|时间都行|都可以|什么时候都")
_AT_HOME = re.compile(r"上门|到我家|来我家|家里来|我家")
_WEEK = "一二三四五六日"


def read_pool_order(case: Case) -> Any:
    """The order that words about help may be, or None. Where no such help is known, they mean what they did."""
    message = case.message
    if message.button or message.mentions_others or not message.addressed or case.understanding.danger is not None:
        return None
    if message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE) or not 3 < len(message.text) <= LONGEST:
        return None
    text = to_simplified(fold(message.text))
    who, in_group = (message.community_id, message.resident_id), message.chat_kind is ChatKind.GROUP
    if _REST.search(text):
        return RestVolunteer(*who)
    if _NEEDS.search(text):
        days = read_days(text, case.now)
        home = True if _AT_HOME.search(text) else None
        any_day = not days and _ANY.search(text) is not None
        source, day = f"said:{message.id}", days[0] if days else None
        return AskForHelp(*who, message.text, source, day, part_of(text), any_day, home, in_group)
    if _CAN.search(text) and _FREELY.search(text):
        return OfferHelp(*who, text, free_hours(text), in_group)
    return None


def part_of(text: str) -> str:
    """The part of the day that was named: m, a, e, or ""."""
    return next((part for word, part in _PARTS if word in text), "")


def free_hours(text: str) -> tuple[str, ...]:
    """ "周末下午和周三晚上有空" → 2e, 5a, 6a; "每天晚上" → all evenings; nothing named → ()."""
    found: set[str] = set()
    for clause in re.split(r"[,，。;和、]", text):
        days = {_WEEK.index("日" if d == "天" else d) for d in re.findall(rf"(?:周|星期|礼拜)([{_WEEK}天])", clause)}
        days |= {5, 6} if "周末" in clause else set()
        days |= {0, 1, 2, 3, 4} if "工作日" in clause or "平时" in clause else set()
        part = part_of(clause)
        if re.search("每天|天天", clause) or (part and not days and "有空" in clause):
            days = set(range(7))
        found |= {f"{day}{one}" for day in days for one in (part or "mae")}
    return tuple(sorted(found))


def decide_press(case: Case, rest: str) -> Decision:
    """A button of the pool; the room asks whose it is to press."""
    what, *parts = rest.split(":")
    if not parts or not _number(parts[0]):
        return Run(RestVolunteer(case.message.community_id, case.message.resident_id)) if what == "rest" else _unknown()
    number, who = int(parts[0]), case.message.resident_id
    more = parts[1] if len(parts) > 1 else ""
    command: Any
    match what:
        case "when" if len(parts) == 3 and (more == "-1" or _number(more)):
            command = CompleteNeed(number, who, days=int(more), part=parts[2])
        case "where" if more in ("0", "1"):
            command = CompleteNeed(number, who, at_home=more == "1")
        case "take" | "cannot":
            command = AnswerOffer(number, who, what == "take")
        case "cancel":
            command = CancelNeed(number, resident_id=who)
        case "give_back":
            command = GiveBack(number, who)
        case "helped" if _number(more):
            command = SayHelped(number, who, int(more))
        case "done":
            command = SayHelped(number, who)
        case "no_show":
            command = SayNoShow(number, who)
        case _:
            return _unknown()
    return Run(command)


def _unknown() -> Decision:
    return Ignore("unknown_button")


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16
