"""What is said to the time bank: how many hours have I, I gave two on Saturday, give some away, exchange some."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from actions.ledger.commands import (
    AnswerClaim,
    AnswerGift,
    CancelOrder,
    ClaimHours,
    CompleteClaim,
    Donate,
    DropClaim,
    GiveHours,
    OfferDonation,
    OfferGift,
    OfferItems,
    OrderItem,
    SetPublished,
    ShowHours,
)
from bot.clock import local
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.messages import ChatKind
from nlu.model.numerals import parse_numeral
from nlu.model.script import to_simplified

INTENT = "points_inquiry"
_CHINESE = "一二三四五六七八九十"
_NUMBER = r"(?:\d{1,5}(?:\.5)?|[一二两三四五六七八九十]{1,3}|半)"
_AMOUNT = re.compile(
    rf"(?P<sign>[-－−负])?(?:(?P<n>{_NUMBER})个?(?P<half>半)?(?:个)?(?:小时|钟头|钟(?!头))(?P<more>半)?)?"
    rf"(?:(?P<m>{_NUMBER})分钟)?"
)
_HOURS = r"(?:公益时间|公益积分|公益时长|志愿时长|志愿小时数?|服务时长|时间币|工时|时长|积分)"
_OTHER = re.compile(r"明天|后天|下周|下个|打算|准备|想去|要去|能不能|可不可以|多少|几点|怎么|为什么|[吗么？?]")
_ANY_GIVING = ("志愿", "公益", "义工")
_ASKS_TO_NOTE = re.compile(r"(?:记|登记|补记|补登|录)(?:一下|上|入|个)?.{0,4}(?:工时|时长|公益|时间|积分|$)")
_FAULT = re.compile(r"[坏停漏断堵等]|发现|看[到见]")
_DONATES = re.compile(r"捐(?:出|赠|给|点|一点|些)?")
_IS_HOURS = re.compile(rf"{_HOURS}|小时|钟头|时间")
_GIVES = r"(?:转送|转赠|赠送|捐赠|捐|送|赠|转)"
_SOME = rf"(?:#(?:的)?(?:{_HOURS})?|(?:(?:点|一点|些|一些)(?:我的)?)?{_HOURS}|(?:我的)?{_HOURS}#)"
_NAME = r"@?(?P<{}>[^\s,，。.;；:：！!?？、#@]{{1,16}}?)"
#: "把2小时送给王阿姨": "#" stands for how long
_GIFT = re.compile(
    r"(?:小邻)?[,，\s]*(?:我)?(?:想|想要|要|愿意|准备|帮我)?(?:"
    + "|".join(
        (
            rf"(?:把|将|从)(?:我的)?{_SOME}{_GIVES}给{_NAME.format('a')}",
            rf"{_GIVES}给{_NAME.format('b')}{_SOME}",
            rf"{_GIVES}{_SOME}给{_NAME.format('c')}",
            rf"给{_NAME.format('d')}{_GIVES}{_SOME}",
        )
    )
    + r")(?:用)?[吧呀啊哦了。！!~\s]*"
)
#: who is no neighbour by name: the fund gives to those
_NOBODY = re.compile(r"老人|基金|社区|需要|困难|大家|别人|人家|居委|有用|他们|她们|邻居|你们|小邻")
_EXCHANGES = re.compile(
    r"(?:小邻)?[,，\s]*(?:我)?(?:想|要|帮我|给我|能|可以)*(?:用?" + _HOURS + r")?(?:能|可以)?"
    r"(?P<verb>兑换|兑|换)(?:点|些)?(?:[一两二三四五\d]{0,2}[袋瓶盒把条包桶个次份件])?(?P<item>[\w]{0,8}?)[呢呀吗啊吧。！!?？\s]*"
)
_NOTHING_NAMED = re.compile(r"^(?:什么|啥|哪些|东西|礼品|)$")
_NO_GOODS = re.compile(r"柜|超市|[错点]|密码|时候|地址|哪|几|规则|过|不了")
_BALANCE = re.compile(
    r"(?:小邻)?[,，\s]*(?:帮我|请|我想|想)?(?:查|查询|查一下|查查|看|看看|看一下|查下)?(?:我|我的|自己的)?(?:现在|还|总共|一共)?(?:有|剩|还剩)?"
    rf"(?:多少|几个?)?{_HOURS}(?:查询|明细|余额)?(?:还|现在)?(?:有|剩)?(?:多少|几个?|几)?(?:小时|分)?[了呢呀啊吗。！!?？\s]*"
)
_DAYS_BACK = {"大前天": 3, "前天": 2, "前晚": 2, "昨": 1, "今": 0, "刚": 0}
_WEEKDAY = re.compile(r"(?P<which>上上|上|这|本)?(?:个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天1-7])")
_DATE = re.compile(rf"(?P<month>\d{{1,2}}|[{_CHINESE}]{{1,2}})月(?P<day>\d{{1,2}}|[{_CHINESE}]{{1,3}})[日号]")


def decide_hours(case: Case) -> Decision | None:
    """Said to the bot; a balance is also answered when it was surely asked into the round."""
    message, understanding = case.message, case.understanding
    surely = understanding.intent == INTENT and case.sure
    asked = surely and understanding.confidence >= case.surroundings.thresholds.unasked
    to_others = message.mentions_others or (message.quoted is not None and not message.quoted.from_bot)
    if not (message.addressed or (asked and not to_others)):
        return None
    if message.button or understanding.danger or message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE):
        return None
    text = to_simplified(understanding.text or message.text)
    command: Any = None
    if message.addressed:
        command = _giving(case, text) or _claim(case, text)
    command = command or _donation(case, text) or _exchange(case, text, surely)
    return Run(command) if command is not None else _balance(case, text)


def decide_hours_button(case: Case, rest: str) -> Decision:
    """A button of the time bank; the handlers ask whether it is theirs to press."""
    what, *parts = rest.split(":")
    build = _BUTTONS.get(what)
    fits = build is not None and len(parts) == build[0] and all(_is_part(part) for part in parts)
    return Run(build[1](case, *parts)) if build is not None and fits else Ignore("unknown_button")


def _is_part(part: str) -> bool:
    return part.isascii() and 0 < len(part) < 16 and (part.isdecimal() or part.replace("_", "").isalpha())


def _id(part: str) -> int:
    return int(part) if part.isdecimal() else 0


def _donate(case: Case, minutes: str, offer: str) -> Any:
    message = case.message
    source = f"donate:{message.resident_id}:{_id(offer)}"  # one gift for one offer, however often it is pressed
    return Donate(message.community_id, message.resident_id, _id(minutes), source)


def _gift(case: Case, taker: str, minutes: str, offer: str) -> Any:
    message = case.message
    source = f"gift:{message.resident_id}:{_id(offer)}"
    return GiveHours(message.community_id, message.resident_id, _id(taker), _id(minutes), source)


def _order(case: Case, item: str, offer: str) -> Any:
    message = case.message
    source = f"order:{message.resident_id}:{_id(item)}:{_id(offer)}"
    return OrderItem(message.community_id, message.resident_id, _id(item), source)


_BUTTONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "mine": (0, lambda case: ShowHours(case.message.community_id, case.message.resident_id)),
    "shop": (0, lambda case: OfferItems(case.message.community_id, case.message.resident_id, case.message.id)),
    "give": (0, lambda case: OfferDonation(case.message.community_id, case.message.resident_id, case.message.id)),
    "donate": (2, _donate),
    "gift": (3, _gift),
    "take": (1, lambda case, gift: AnswerGift(_id(gift), case.message.resident_id, takes=True)),
    "untake": (1, lambda case, gift: AnswerGift(_id(gift), case.message.resident_id, takes=False)),
    "order": (2, _order),
    "cancel": (1, lambda case, order: CancelOrder(_id(order), resident_id=case.message.resident_id)),
    "yes": (1, lambda case, claim: AnswerClaim(_id(claim), case.message.resident_id, True)),
    "no": (1, lambda case, claim: AnswerClaim(_id(claim), case.message.resident_id, False)),
    "drop": (1, lambda case, claim: DropClaim(_id(claim), case.message.resident_id)),
    "kind": (2, lambda case, claim, kind: CompleteClaim(_id(claim), case.message.resident_id, kind=kind)),
    "long": (2, lambda case, claim, n: CompleteClaim(_id(claim), case.message.resident_id, minutes=_id(n))),
    "day": (2, lambda case, claim, n: CompleteClaim(_id(claim), case.message.resident_id, days_ago=_id(n))),
    "show": (1, lambda case, yes: SetPublished(case.message.community_id, case.message.resident_id, yes == "1")),
}


def _claim(case: Case, text: str) -> ClaimHours | None:
    """ "我上周六巡逻了两小时": something hours are given to, beside how long; or asked to be noted down."""
    words = [word for word in (*case.surroundings.hour_words, *_ANY_GIVING) if word in text]
    if not words or _OTHER.search(text) or _DONATES.search(text):
        return None
    minutes, at = read_amount(text)
    beside = minutes is not None and any(_near(text, word, at) for word in words)
    if not beside and not _ASKS_TO_NOTE.search(text):
        return None
    message = case.message
    return ClaimHours(
        message.community_id,
        message.resident_id,
        text,
        f"said:{message.id}",
        minutes,
        read_day(text, local(case.now).date()),
        message.pictures,
        message.chat_kind is ChatKind.GROUP,
    )


def _near(text: str, word: str, at: tuple[int, int]) -> bool:
    """巡逻了大概两小时, 两个小时的巡逻: hardly anything stands between, and no fault that was found meanwhile."""
    start = text.find(word)
    end = start + len(word)
    between = text[end : at[0]] or text[at[1] : start]
    return len(between) <= 6 and _FAULT.search(between) is None


def _giving(case: Case, text: str) -> OfferGift | None:
    """To a neighbour by the name they have in the group; to no one by name it is for the fund."""
    minutes, (start, end) = read_amount(text)
    said = _GIFT.fullmatch((text[:start] + "#" + text[end:] if minutes is not None else text).strip())
    if said is None:
        return None
    name = next(one for one in said.groups() if one)
    if _NOBODY.search(name):
        return None
    message = case.message
    in_group = message.chat_kind is ChatKind.GROUP
    return OfferGift(message.community_id, message.resident_id, name, message.id, minutes, in_group)


def _donation(case: Case, text: str) -> OfferDonation | None:
    if not (_DONATES.search(text) and _IS_HOURS.search(text)):
        return None
    message = case.message
    in_group = message.chat_kind is ChatKind.GROUP
    return OfferDonation(message.community_id, message.resident_id, message.id, read_amount(text)[0], in_group)


def _exchange(case: Case, text: str, surely: bool) -> OfferItems | None:
    said = _EXCHANGES.fullmatch(text.strip())
    if said is None or (said["verb"] == "换" and not surely and not re.search(_HOURS, text)):
        return None
    item = "" if _NOTHING_NAMED.match(said["item"]) else said["item"]
    if _NO_GOODS.search(item):
        return None
    message = case.message
    in_group = message.chat_kind is ChatKind.GROUP
    return OfferItems(message.community_id, message.resident_id, message.id, item, in_group)


def _balance(case: Case, text: str) -> Decision | None:
    message = case.message
    if not _BALANCE.fullmatch(text.strip()):
        return None
    return Run(ShowHours(message.community_id, message.resident_id, message.chat_kind is ChatKind.GROUP))


def read_amount(text: str) -> tuple[int | None, tuple[int, int]]:
    """How long, in minutes (below zero if it was written so), and where that stands; None where nothing is said."""
    for found in _AMOUNT.finditer(text):
        if found["n"] is None and found["m"] is None:
            continue
        minutes = int(_number(found["n"]) * 60 + _number(found["m"]))
        if found["half"] or found["more"]:
            minutes += 30
        return (-minutes if found["sign"] else minutes), found.span()
    return None, (0, 0)


def _number(said: str | None) -> float:
    if said is None:
        return 0
    if said == "半":
        return 0.5
    return float(said) if said[0].isascii() else float(parse_numeral(said) or 0)


def read_day(text: str, today: date) -> date | None:
    """The day that has been: 昨天, 上周六, 11月3日; None where none is named."""
    if found := _DATE.search(text):
        return _dated(int(_number(found["month"])), int(_number(found["day"])), today)
    if found := _WEEKDAY.search(text):
        wanted = "一二三四五六日".find(found["day"].replace("天", "日"))
        weekday = wanted if wanted >= 0 else int(found["day"]) - 1
        back = {"上": 7, "上上": 14}.get(found["which"] or "", 0)
        day = today - timedelta(days=today.weekday() + back) + timedelta(days=weekday)
        return day if back or day <= today else day - timedelta(days=7)
    for word, days in _DAYS_BACK.items():
        if word in text:
            return today - timedelta(days=days)
    return None


def _dated(month: int, day: int, today: date) -> date | None:
    for year in (today.year, today.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found <= today:
            return found
    return None
