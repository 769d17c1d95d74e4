"""Times as people say them: 明晚八点, 周六, 下個禮拜, 十二点到两点, 周一到周五七点半, 初一十五, 腊八."""

from __future__ import annotations

import re

from nlu.model.spans import Findings

_CN = "零一二三四五六七八九十"
_WEEKDAY = r"(?:星期|礼拜|周|拜)[一二三四五六日天1-7]"
# 楼上周日 is no last Sunday.
_WHICH = r"(?:上上|下下|(?<![楼马晚早身路网线])上|(?<![楼底乡])下|这|本|今|呢)(?:一)?(?:个)?"
_WEEK = rf"{_WHICH}(?:星期|礼拜|周)"
_DAY = (
    r"(?:大前天|前天|昨天|昨儿个?|昨日|今天|今儿个?|今日|明天|明儿个?|明日|后天|大后天|"
    r"今仔日|听日|寻日|琴日|噙日|今朝|明朝|昨朝|后日|前日)"
)
_FESTIVAL = (
    r"(?:腊八|圣诞节?|春节|正月|中秋节?|端[午五]节?|国庆节?|元旦|元宵节?|清明节?|重阳节?|除夕|大年三十|小年夜|"
    r"小年|冬至|六一|五一|母亲节|父亲节|妇女节|儿童节|三八节)"
)
_DATE = (
    rf"(?:(?:[上下这本]个?月)(?:\d{{1,2}}|[{_CN}]{{1,3}})[号日]|(?:20\d\d年)?(?:\d{{1,2}}|"
    rf"[{_CN}]{{1,2}})月(?:\d{{1,2}}|[{_CN}]{{1,3}})[号日]"
    r"|20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
)
_LUNAR = (
    r"(?:初(?:[四五六七八九十]|[一二三](?!的|[学年男女生]))(?:十五)?|正月[初十][一二三四五六七八九十]|"
    r"腊月[二十廿初]{1,2}[一二三四五六七八九]?)"
)
_COMBINED = (
    r"(?:(?<![中元国清端])[昨今明前后][晚夜早晨](?!会|辈|高峰)上?|今朝早|听晚|听朝|寻晚|琴晚|昨儿夜里|"
    r"今儿早上|每[早晚]上?)"
)
_PART = (
    r"(?:凌晨|零[晨辰]|清晨|清早|早晨|早上|早间|上午|上昼|朝早|中午|正午|晌午|下午|下昼|午后|傍晚|黄昏|晚上|晚间|"
    r"夜晚|夜里头?|半夜里?|深夜|午夜|夜间|晚(?!会|辈|饭|点))"
)
_CLOCK = (
    rf"(?:(?:\d{{1,2}}|[{_CN}两]{{1,3}})(?:点钟|点整|点(?:半|多钟?|来钟|[一二三]刻|过|\d{{1,2}}分?|"
    rf"[{_CN}]{{2,3}}分?|零\d|[{_CN}]{{1,3}}分)?|时(?:\d{{1,2}}分|半)?(?![候间常不髦装光节])|鐘)"
    r"|\d{1,2}[:]\d{2}(?!\d))"
)
_TO = r"\s?(?:到|至|~|-)\s?"
_DAYWORD = (
    rf"(?:{_DATE}|(?:{_WHICH}|每(?:个|逢)?)?{_WEEKDAY}(?:{_TO}{_WEEKDAY})?|{_WEEK}|{_DAY}|{_FESTIVAL}|"
    rf"每?{_LUNAR})"
)
_CLOCKS = rf"{_CLOCK}(?:{_TO}(?:{_PART})?{_CLOCK})?"
# Times that stand on their own; a part of the day or a bare hour needs company (一点 is mostly "a little").
_TIME = re.compile(
    rf"(?P<full>(?:每天|天天|每日)?(?:{_DAYWORD}|{_COMBINED})(?:的|,|\s)?(?:{_PART}|{_COMBINED})?(?:的|"
    rf"\s)?(?:{_CLOCKS})?)"
    rf"|(?P<part>(?:每天)?{_PART}(?:的|\s)?{_CLOCKS})"
    rf"|(?P<clock>(?<![\d{_CN}两几])(?:{_CLOCKS}))"
    r"|(?P<weekend>(?:这个?|下个?|上个?|本|每个?)?周末)"
    rf"|(?P<date>(?:\d{{1,2}})号(?={_PART}|{_WEEKDAY}|[,\s]?{_CLOCK})(?:{_PART})?(?:{_CLOCKS})?)"
)
_BARE_PART = re.compile(r"(?:^|(?<=[\s,。!！?;、:]))(?:上午|中午|下午|傍晚|晚上)(?![好安餐饭班课])")
_STRONG_CLOCK = re.compile(
    rf"(?:\d{{1,2}}:\d{{2}}|\d{{1,2}}[点时](?!击|评|赞|数|子|名|开|燃|头|建议|意见|[一-龥]{{0,2}}积分)|"
    rf"[{_CN}两]{{1,3}}点(?:半|多|钟|整|过|[一二三]刻|\d|[{_CN}]{{2}})|.+(?:到|至|~|-).+|[{_CN}]{{2}}点|"
    rf"[四五六七八九十]点(?!建议|意见|[水五六七八]))"
)
_NOT_AFTER_FULL = re.compile(r"[一-龥]?(?:年|岁|生|食品)")
_FESTIVAL_FOOD = re.compile(rf"^{_FESTIVAL}$")
_FOODS = re.compile(r"的?(?:月饼|粽|汤圆|饺|礼盒|假|放假|档|路|广场|烟花|快乐|晚会|灯会|龙舟|诗会)")
_TRAILING = "的, \t"


def find_times(found: Findings) -> None:
    """Find every expression of time that a person could be reminded by."""
    text = found.folded
    for match in _TIME.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in _TRAILING:
            end -= 1
        if _is_time(text, start, end, match.lastgroup or "full"):
            found.add("time", start, end)
    for match in _BARE_PART.finditer(text):
        found.add("time", *match.span())


def _is_time(text: str, start: int, end: int, kind: str) -> bool:
    written = text[start:end]
    if kind == "clock":
        return (
            _STRONG_CLOCK.match(written + text[end : end + 3]) is not None
            and _STRONG_CLOCK.match(written) is not None
        )
    if kind == "full":
        if _FESTIVAL_FOOD.match(written) and _FOODS.match(text, end):
            return False
        if re.match(r"周[一二三四五六日天]$", written) and re.match(r"(?:围|岁|年|到)", text[end:]):
            return False
    return True
