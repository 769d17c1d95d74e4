"""Patrols in the chat: who comes, who does not, who goes instead, being there. Which shift is found by the room."""

from __future__ import annotations

import re
from typing import Any

from actions.shifts.commands import (
    AnswerSwap,
    AskShifts,
    CheckInShift,
    CheckOutShift,
    JoinShift,
    LeaveShift,
    OfferSwap,
    PassPoint,
    TakeOver,
    WhichShift,
)
from bot.decide.days import read_days
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.messages import ChatKind
from nlu.model.folding import fold
from nlu.model.script import to_simplified

LONGEST = 80  # characters; a story is no order
_DUTY = re.compile(r"巡逻|夜巡|巡楼|巡更|值守|站岗|护学|志愿岗|班次|守望岗")
_PAST = re.compile(r"(?:巡逻|夜巡|巡楼|站岗|值守)了|昨|前天|上周|刚才|小时|[了没]吗|为什么|怎么")
_HEAD = r"\s*(?:@?小邻)?[,，\s]*"
_JOIN = re.compile(
    r"算(?:我|上我)|加(?:我|上我)|[给把]我排|我(?:也)?(?:来|去|报|参加|可以[来去参]|想[来去参报]|要[来去参报]|愿意)|报名|带队|领队|当队长"
)
_LEAD = re.compile(r"带队|领队|队长")
_NOT = re.compile(r"去不了|来不了|不能[来去参]|参加不了|不[来去]了|爬不起来|顶不上|请[个一]?假|退出|取消")
_STAND_IN = re.compile(
    r"谁(?:能|可以|来|帮忙|愿意|方便)*(?:替|顶|代)|(?:找|换|请)[个别]?人|(?:替|顶|代)(?:一?下)?我|替班|顶班|代班"
)
_TAKE = re.compile(
    rf"{_HEAD}(?:(?:[这那]个?班|[这那][次趟]巡逻)?[,，\s]*我(?:来|可以|能|去|愿意)?(?:替|顶|代)(?:这?个?班)?|(?:替|顶)班我来)[吧了]?"
)
_SWAP = re.compile(
    r"(?P<mine>.{0,20}?)(?:跟|和|与|同)(?P<name>[^\s,，。的周星礼今明后换]{1,12})(?:的)?(?P<theirs>.{0,12}?)(?:换|对调)"
)
_ASK = re.compile(
    r"(?:有|还有)?(?:哪些|什么|哪几个|几个)(?:巡逻|班次|志愿岗)"
    r"|巡逻(?:还|都)?(?:缺|差)(?:人|几|多少)|巡逻(?:排班|班次)|排班表"
)
_OWN = re.compile(
    r"我的(?:巡逻|班次|排班|夜巡)|我(?:这周|下周)?(?:哪天|什么时候|几号|几点)(?:要)?(?:巡逻|值守|站岗|夜巡)"
)
_IN = re.compile(
    rf"{_HEAD}(?:(?:我|我们)?(?:已经?)?(?:到岗|上岗)(?:了|签到)?|(?:巡逻|夜巡)(?:签到|打卡|开始了?)"
    r"|开始(?:巡逻|夜巡)了?|出发巡逻了?)[!。~\s]*"
)
_OUT = re.compile(
    rf"{_HEAD}(?:签退了?|收队了?|下岗了?|(?:巡逻|夜巡)(?:签退|结束了?|完成了?|完了)"
    r"|(?:我)?巡完了|结束巡逻了?)[!。~\s]*"
)
_POINT = re.compile(
    rf"{_HEAD}(?:我要?)?(?:签到|打卡|到点|到了|点位)(?:码)?\s*[:,]?\s*(?P<code>\d{{5}})(?!\d)[\s,:。]*(?P<note>.*)",
    re.DOTALL,
)
_FOUND = re.compile(
    r"(?:巡逻|夜巡|巡楼|巡查|巡更)(?:时候?|中|途中|路上|的时候|过程中|到\w{0,12})?[,，\s]*(?:我们?)?"
    r"(?:发现|看到|看见|碰到|遇到)"
)
#: without one of these nothing here can be meant, in either script; looked for in every message
_HINT = re.compile("[巡岗崗班替顶頂签簽带帶领領]|值守|护学|護學|收队|收隊|打卡|到点|到點|到了|点位|點位|代我")
_PARTS = (("早上", 4, 12), ("早晨", 4, 12), ("上午", 4, 12), ("下午", 12, 18), ("晚", 17, 24), ("夜", 17, 24))


def is_from_patrol(text: str) -> bool:
    """ "巡逻发现3号楼楼道堆了纸箱"."""
    return "巡" in text and _FOUND.search(to_simplified(text)) is not None


def decide_point(case: Case) -> Decision | None:
    """A point's code and nothing else: digits that a model may take for anything."""
    text = _text(case)
    point = _POINT.fullmatch(text) if text is not None else None
    return _pass(case, point) if point is not None and not point["note"] else None


def _pass(case: Case, point: re.Match[str]) -> Run:
    message, note = case.message, point["note"].strip()
    who = (message.community_id, message.resident_id)
    # "打卡10000步" is told to neighbours; nothing but the digits, or said to the bot, it is a code
    loose = bool(note) and message.chat_kind is ChatKind.GROUP and not message.addressed
    order = PassPoint(*who, point["code"], note=note, pictures=message.pictures, tentative=loose)
    return Run(order, tentative=loose)


def decide_shift(case: Case) -> Decision | None:
    """What needs no model: the code of a point, being there, being done. Nothing where there is no such shift."""
    message = case.message
    text = _text(case)
    if text is None:
        return None
    who = (message.community_id, message.resident_id)
    if (point := _POINT.fullmatch(text)) is not None:
        return _pass(case, point)
    if _IN.fullmatch(text) is not None:
        return Run(CheckInShift(*who, _on_line(case), message.addressed), tentative=True)
    if _OUT.fullmatch(text) is not None:
        return Run(CheckOutShift(*who, _on_line(case), message.addressed), tentative=True)
    return None


def read_order(case: Case) -> Any:
    """The order that words about a shift may be, or None: a neighbour may also mean an activity, or nothing."""
    text = _text(case)
    if text is None or _FOUND.search(text):
        return None
    message, quotes = case.message, _on_line(case) is not None
    named = _DUTY.search(text) is not None
    if not (named or quotes or message.addressed):
        # into the round, only what can be nothing else
        return TakeOver(message.community_id, message.resident_id) if _TAKE.fullmatch(text) and "班" in text else None
    if _PAST.search(text):
        return None
    return _swap(case, text) or _stepping_out(case, text, named or quotes) or _coming(case, text, named or quotes)


def _text(case: Case) -> str | None:
    message = case.message
    if message.button or message.mentions_others or message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE):
        return None
    if not 1 < len(message.text) <= LONGEST or case.understanding.danger is not None:
        return None
    if _on_line(case) is None and _HINT.search(message.text) is None:
        return None
    return to_simplified(fold(message.text))


def _on_line(case: Case) -> int | None:
    quoted = case.message.quoted
    return quoted.shift_id if quoted is not None else None


def which_of(case: Case, text: str) -> WhichShift:
    """What was said of which shift: its line, its day, its part of the day."""
    hours = next(((first, last) for word, first, last in _PARTS if word in text), (0, 24))
    days = read_days(text, case.now)
    return WhichShift(None if days else _on_line(case), days, hours, text)


def _swap(case: Case, text: str) -> OfferSwap | None:
    found = _SWAP.search(text)
    if found is None or not ("班" in text or _DUTY.search(text)):
        return None
    rest = text[found.end("name") :]
    return OfferSwap(
        case.message.community_id, case.message.resident_id, found["name"],
        WhichShift(_on_line(case), read_days(found["mine"], case.now)), WhichShift(None, read_days(rest, case.now)),
    )  # fmt: skip


def _stepping_out(case: Case, text: str, surely: bool) -> Any:
    """ "我去不了了，谁能替我", "周二的巡逻我去不了了", "我替他"."""
    who = (case.message.community_id, case.message.resident_id)
    if _TAKE.match(text) and not _STAND_IN.search(text):
        return TakeOver(*who)
    wants = _STAND_IN.search(text) is not None
    if not wants and not (surely and _NOT.search(text)):
        return None
    return LeaveShift(*who, which_of(case, text), wants_stand_in=wants, addressed=case.message.addressed)


def _coming(case: Case, text: str, surely: bool) -> Any:
    who = (case.message.community_id, case.message.resident_id)
    if _OWN.search(text):
        return AskShifts(*who, own=True)
    if _ASK.search(text):
        return AskShifts(*who, which_of(case, text))
    if _JOIN.search(text) and (surely or _LEAD.search(text)):
        role = "lead" if _LEAD.search(text) else "patrol"
        return JoinShift(*who, which_of(case, text), role, case.message.addressed)
    return None


def leaving(case: Case) -> LeaveShift:
    """Somebody says they cannot come, and to no activity: to a shift, perhaps."""
    message = case.message
    return LeaveShift(message.community_id, message.resident_id, which_of(case, to_simplified(fold(message.text))))


def decide_press(case: Case, rest: str) -> Decision:
    """A button of a shift; the room asks again what is allowed."""
    what, _, number = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    who, key = (case.message.community_id, case.message.resident_id), int(number)
    which = WhichShift(key)
    command: Any
    match what:
        case "join" | "lead":
            command = JoinShift(*who, which, "lead" if what == "lead" else "patrol", addressed=True)
        case "leave" | "stand_in":
            command = LeaveShift(*who, which, what == "stand_in", addressed=True)
        case "ask":
            command = AskShifts(*who, which)
        case "in":
            command = CheckInShift(*who, key, addressed=True)
        case "out":
            command = CheckOutShift(*who, key, addressed=True)
        case "take":
            command = TakeOver(*who, key)
        case "swap_yes" | "swap_no":
            command = AnswerSwap(key, case.message.resident_id, what == "swap_yes")
        case _:
            return Ignore("unknown_button")
    return Run(command)
