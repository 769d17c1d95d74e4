"""Sentences that are kept to be learnt from: what is somebody's own becomes something that is nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from actions.teaching.marks import add_marks, find_marks, strip_marks, tidy
from actions.teaching.tools import TooPrivate
from bot.understand.privacy import scrub
from nlu.model.entities import extract

BOT = "小邻"
MOST_DIGITS = 14  # a longer number is a card or an identity number: it cannot be made nobody's
_NUMERALS = "零〇一二三四五六七八九十两壹贰叁肆伍陆柒捌玖拾"
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_TITLES = "先生|女士|小姐|太太|阿姨|叔叔|大爷|大妈|大姐|大哥|大叔|奶奶|爷爷|师傅|老师|医生|主任|经理|书记|警官|婆婆"
_TITLED = re.compile(rf"[{_SURNAMES}](?={_TITLES})")
_NAMED = re.compile(
    rf"(?P<lead>我叫|名叫|叫做|姓名[是:：]?|联系人[是:：]?|本人叫?|户主[是:：]?)[{_SURNAMES}][一-鿿]{{1,2}}(?=[，,。.！!\s、]|$)"
)
_MENTION = re.compile(r"@(?!小邻|物业|社区|居委|网格|管家)\S{1,12}")


def hide(marked: str) -> str:
    """A marked sentence without anybody's phone or door. Raises TooPrivate for card and identity numbers."""
    plain = strip_marks(marked)
    hidden = _hide_numbers(plain, strict=True)
    return marked if hidden == plain else add_marks(hidden, find_marks(marked))


def anonymise(text: str, nicknames: Iterable[str] = ()) -> str:
    """What a resident said without names, phones, doors and numbers of their own; where it was stays roughly."""
    hidden = _hide_numbers(tidy(text), strict=False)
    hidden = _MENTION.sub("@邻居 ", hidden)
    for name in sorted(nicknames, key=len, reverse=True):
        if len(name) > 1 and name != BOT:
            hidden = hidden.replace(name, "邻居")
    hidden = _NAMED.sub(lambda match: f"{match['lead']}某某", hidden)
    return tidy(_TITLED.sub("某", hidden))


def _hide_numbers(plain: str, *, strict: bool) -> str:
    """What `scrub` would mask gets other digits, character for character, so that marks keep their places."""
    masked = scrub(plain)
    if masked == plain:
        return plain
    doors = {at for entity in extract(plain) if entity.entity == "room" for at in range(entity.start, entity.end)}
    shown = list(plain)
    for run in _runs([at for at, (a, b) in enumerate(zip(plain, masked, strict=True)) if a != b]):
        if strict and sum(plain[at].isdigit() for at in run) + _kept_before(plain, run[0]) > MOST_DIGITS:
            raise TooPrivate
        for place, at in enumerate(run):
            ends = run[0] in doors and place in (0, len(run) - 1)
            shown[at] = _neutral(plain[at], "1" if ends else "0")
    return "".join(shown)


def _runs(places: list[int]) -> list[list[int]]:
    """Places in stretches; a space or dash inside a number does not end one."""
    runs: list[list[int]] = []
    for at in places:
        if runs and at - runs[-1][-1] <= 2:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _kept_before(plain: str, at: int) -> int:
    """How many digits of the same number were left as they are."""
    found = re.search(r"\d*$", plain[:at])
    return len(found.group()) if found else 0


def _neutral(char: str, digit: str) -> str:
    if char.isdigit() and char.isascii():
        return digit
    if char in _NUMERALS:
        return "一" if digit == "1" else "零"
    if char.isdigit():  # full width
        return "１" if digit == "1" else "０"
    return "A" if char.isascii() and char.isalpha() else char
