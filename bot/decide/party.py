"""How many come, and who, as residents say it: "一共3人", "帮我妈也报一个", "我们仨", a 接龙 list."""

from __future__ import annotations

import re

from actions.activities.commands import Party, RelayLine
from nlu.model.folding import fold
from nlu.model.numerals import parse_numeral

MOST_LINES = 60
_NUMBER = r"(?:\d{1,7}|[一二两三四五六七八九十百千]{1,5})"
_PERSON = r"(?:个?人|口人?|位|名(?!额|字)|个名额)"
_TOTALS = (
    re.compile(
        rf"(?:一共|总共|共计|合计|共|改[成为]|变成|减[到成])(?:是|来|去|有)?\s?(?P<n>{_NUMBER})\s?(?:{_PERSON}|个)"
    ),
    re.compile(r"(?:我们|咱们?|俺们?|我家|一家|全家|一家子|我俩)?(?P<n>[俩仨])(?!月)"),
    re.compile(rf"(?:全家|一家子?|我们?家?|咱们?家?)\s?(?P<n>{_NUMBER})\s?{_PERSON}"),
    re.compile(rf"(?<![第\d.])(?P<n>{_NUMBER})\s?{_PERSON}"),
    re.compile(rf"(?:报名?|来|去|要|留)\s?(?P<n>{_NUMBER})\s?个(?!月|小时|钟|星期)"),
)
_KIN = (
    r"(?:爸妈|父母|公婆|爸爸?|妈妈?|老爸|老妈|母亲|父亲|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|丈母娘|老伴|老公|老婆|爱人|"
    r"媳妇|儿子|女儿|闺女|孩子|娃娃?|孙子|孙女|外孙女?|哥哥?|姐姐?|弟弟|妹妹?|嫂子|朋友|同学|室友|邻居)"
)
_BELOW_ZERO = re.compile(rf"(?<![\d一二两三四五六七八九十百天点周])(?:[-−]|负|負)\s?{_NUMBER}\s?(?:{_PERSON}|个)")
_COUPLES = frozenset({"爸妈", "父母", "公婆"})
_FOR = re.compile(
    rf"(?:帮|给|替|带上?|加上?|和|跟|同|还有|算上|\+)\s?(?:一下)?我?(?:家|们家)?(?:的)?(?P<kin>{_KIN})|"
    rf"我(?:家|们家)?(?P<kin2>{_KIN})(?=也|都|要|想|参加|报)"
)
_FOR_NEIGHBOUR = re.compile(
    r"(?:帮|替|给)(?:隔壁|楼上|楼下|对门)?的?(?P<name>[^\W\d我俺咱你您他她大忙]{1,2}(?:阿姨|叔叔?|婆婆?|阿婆|大爷|大妈|大姐|大哥|奶奶|爷爷|伯伯?|姐|哥))(?:家)?(?:也|都|一起)?(?:报|登记|留|占)"
)
_OLD_AND_YOUNG = re.compile(
    r"(?P<old>[俩两一二三四\d])\s?个?(?:大人|老人|大)[,、和加带]?(?P<young>[俩两一二三四\d])\s?个?(?:小孩子?|孩子|娃娃?|小)"
)
_ALSO = re.compile(r"也|和我|跟我|我和|我跟|我带|带上?我?|加上?|还有|算上|一起|都|\+")
_ONLY = re.compile(r"(?:只|就)(?:帮|给|替)|我(?:自己)?不(?:去|来|参加)")
_NOT_COMING = re.compile(rf"我(?:家|们家)?(?:的)?(?P<kin>{_KIN})[^我]{{0,8}}(?:去不了|来不了|不去|不来|不参加)")
_CHANGED = re.compile(r"改[成为]|变成|减[到成]|只[来去剩]")
_RELAY_WORD = re.compile(r"接龙")
_OF_EVERY_LIST = re.compile(
    r"接龙|报名|活动|名单|@?小邻|[\s#,.:;、。!?()\[\]【】]|(?:这|本|下)?(?:周|星期|礼拜)[一二三四五六日天末]|[今明后][天晚]|"
    r"\d{1,2}月\d{1,2}[日号]|[上下中]午|晚上"
)
_RELAY_LINE = re.compile(
    r"(?:^|(?<=[\s,;。]))(?P<no>\d{1,3})\s?[.、)::]\s*(?P<name>[^\d\s,;+.、)::()]{1,16})(?P<rest>[^\S\n]*(?:\+\s?\d{1,5}|\+?\s?\d{1,5}[人位个])?)"
)


def read_party(text: str) -> Party:
    """Who comes according to this text; just the speaker where nothing is said of it."""
    said = fold(text)
    guests = _guests(said)
    total = _total(said)
    if total is not None:
        return Party(total=total, guests=guests)
    if not guests:
        return Party()
    more = sum(2 if guest in _COUPLES else 1 for guest in guests)
    own = _ALSO.search(said) is not None and _ONLY.search(said) is None
    return Party(more=more, own=own, guests=guests)


def _guests(said: str) -> tuple[str, ...]:
    named = [_plain(match["kin"] or match["kin2"]) for match in _FOR.finditer(said)]
    named += [match["name"] for match in _FOR_NEIGHBOUR.finditer(said)]
    return tuple(dict.fromkeys(named))


def _plain(kin: str) -> str:
    """妈 and 妈妈 are one."""
    return kin if len(kin) > 1 else kin * 2


def _total(said: str) -> int | None:
    if _BELOW_ZERO.search(said) is not None:
        return 0  # refused with how many it may be, not read as if there were no sign
    both = _OLD_AND_YOUNG.search(said)
    if both is not None:
        return (parse_numeral(both["old"]) or 0) + (parse_numeral(both["young"]) or 0)
    found = ((pattern, match) for pattern in _TOTALS if (match := pattern.search(said)) is not None)
    pattern, match = next(found, (None, None))
    if match is None:
        return None
    total = parse_numeral(match["n"])
    return None if total == 1 and pattern is not _TOTALS[0] else total  # "报一个" is said of whoever is named


def changes_number(text: str) -> bool:
    """ "改成2人" takes nobody off the list."""
    said = fold(text)
    return _CHANGED.search(said) is not None and _total(said) is not None


def guest_not_coming(text: str) -> str:
    """ "我妈去不了了": who of the party that is, or ""."""
    match = _NOT_COMING.search(fold(text))
    return _plain(match["kin"]) if match is not None else ""


def read_relay(text: str) -> tuple[RelayLine, ...]:
    """The names of a 接龙 list with how many come along; nothing for what is no list."""
    said = fold(text)
    found = [(match["name"], _more(match["rest"])) for match in _RELAY_LINE.finditer(said)]
    if len(found) < (1 if _RELAY_WORD.search(said) else 3):
        return ()
    return tuple(RelayLine(name, more) for name, more in found[:MOST_LINES])


def _more(rest: str) -> int:
    digits = "".join(c for c in rest if c.isdigit())
    if not digits:
        return 0
    return int(digits) if "+" in rest else int(digits) - 1


def is_relay(text: str) -> bool:
    """Whether it is a list that people add to, which is read as a whole."""
    return _RELAY_WORD.search(text) is not None and bool(read_relay(text))


def relay_head(text: str) -> str:
    """What a list says it is for, without the words that every list has; "" where it says nothing."""
    said = fold(text)
    first = _RELAY_LINE.search(said)
    head = said[: first.start("no")] if first is not None else said
    return _OF_EVERY_LIST.sub("", head)
