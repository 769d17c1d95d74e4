"""Times as people say them: 明晚八点, 周六, 下個禮拜, 十二点到两点, 周一到周五七点半, 初一十五, 腊八."""

from __future__ import annotations

import re

from nlu.model.spans import Findings

_CN = "零一二三四五六七八九十"
# 一周三次 counts, 周三回来 names a day.
_WEEKDAY = (
    r"(?:星期|礼拜|周|拜(?!天公))(?:[一二三四五六日天1-7]|[一二三四五][二三四五六日]{1,2}(?![点时号楼]))(?![次趟遍]"
    r"|回(?![来家去老我你复电访]))"
    # 楼上周日 is no last Sunday.
)
_WHICH = r"(?:上上|下下|(?<![楼马晚早身路网线])上|(?<![楼底乡])下|这|本|今|呢)(?:一)?(?:个)?"
_WEEK = rf"{_WHICH}(?:星期|礼拜|周(?!末))"
_DAY = (
    r"(?:大前[天日儿]个?|[昨明前]个(?!人|月|问|小)|今个(?!人|月|问|小|年)|前天(?!天)|前儿个?|昨天|昨儿个?|昨日|今天"
    r"|今儿个?|今日(?!份)|明天|明儿个?|明日|"
    r"大后[天日儿]个?|后天|后儿个?|今仔日|听日|寻日|琴日|噙日|昨暝|今暗|明仔载?|今朝|明朝|昨朝|后日|前日个?|昨昏"
    r"|夜来(?=[,个])|夜儿个|今格|明格)"
)
_FESTIVAL = (
    r"(?:腊八|[五八九]月(?:十五|初[五九])|圣诞节?|春节|正月|中秋节?|端[午五]节?|国庆节?|元旦|元宵节?|清明节?"
    r"|重阳节?|除夕夜?|年三十|大年三十|"
    r"小年夜|小年(?!轻)|冬至|立[春夏秋冬]|夏至|七夕|情人节|平安夜|教师节|劳动节|双(?:十[一二]|11|12)|"
    r"六一|五一|母亲节|父亲节|妇女节|儿童节|三八节)"
)
_DATE = (
    rf"(?:(?:[上下这本]个?月)(?:\d{{1,2}}|[{_CN}]{{1,3}})[号日]|(?:20\d\d年)?(?:\d{{1,2}}|"
    rf"[{_CN}]{{1,2}})月(?:\d{{1,2}}|[{_CN}]{{1,3}})[号日]"
    r"|20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
)
_LUNAR = (
    r"(?:(?:大年|年)?初(?:[四五六七八九十]|[一二三](?!的|[学年男女生]))(?:十五)?|正月[初十][一二三四五六七八九十]|"
    r"腊月[二十廿初]{1,2}[一二三四五六七八九]?)"
)
_COMBINED = (
    r"(?:(?<![中元国清端])[昨今明前后][晚夜早晨](?!会|辈|高峰)(?:上|黑)?|[昨今明](?:上午|下午|中午|后晌"
    r"|黑(?=[了没停又,]))|今明两天|明后两?天|今朝早浪?|今朝夜[里到]|听晚|听朝|寻晚|琴晚|昨儿夜里|"
    r"今儿早上|每[早晚]上?)"
)
_PART = (
    r"(?:凌晨|零[晨辰]|清晨|清早|早晨|早[上浪]|早间|上午|上昼|朝早|中午|正午|晌午|下午|下昼|午后|傍晚|黄昏|晚上|晚间|"
    r"夜晚|夜里[头厢]?|夜到|[后前]半夜|(?<!楼)[上下]半夜|[后头前]晌|早(?=\s?[\d一二三四五六七八九十]{1,3}[点:])"
    r"|半夜里?|深夜|午夜|夜间|晚(?!会|辈|饭|点))"
)
_CLOCK = (
    rf"(?:(?:\d{{1,2}}|[{_CN}两]{{1,3}})(?:点钟|点整|点(?!档)(?:半|几(?![个分次])|多钟?|来钟|[一二三]刻|过|\d{{1,2}}分?|"
    rf"[{_CN}]{{2,3}}分?|零\d|[{_CN}]{{1,3}}分)?|时(?:\d{{1,2}}分|半)?(?![候间常不髦装光节])|鐘)"
    r"|\d{1,2}[:]\d{2}(?!\d))"
)
_TO = r"\s?(?:到|至|~|-)\s?"
_DAYWORD = (
    rf"(?:{_DATE}|(?:{_WHICH}|每(?:个|逢)?)?{_WEEKDAY}(?:{_TO}{_WEEKDAY})?|{_WEEK}|{_DAY}|每?{_LUNAR}|"
    rf"{_FESTIVAL})"
)
_CLOCKS = rf"{_CLOCK}(?:{_TO}(?:{_PART})?{_CLOCK})?"
# Times that stand on their own; a part of the day or a bare hour needs company (一点 is mostly "a little").
_TIME = re.compile(
    rf"(?P<full>(?:每天|天天|每日)?(?:{_DAYWORD}|{_COMBINED})(?:的|,|\s)?(?:{_PART}|{_COMBINED}|一大?早)?(?:的|"
    rf"\s)?(?:{_CLOCKS})?)"
    rf"|(?P<part>(?:每天)?{_PART}(?:的|\s)?{_CLOCKS})"
    rf"|(?P<clock>(?<![\d{_CN}两几])(?:{_CLOCKS}))"
    r"|(?P<alone>大清早|(?<=到)后半夜)"
    r"|(?P<weekend>(?:这个?|下个?|上个?|本|每个?)?周末(?<![一两三几]个周末))"
    rf"|(?P<date>(?:\d{{1,2}}|[{_CN}]{{1,3}})号(?=报(?:的|修)|那[天场期]|截止|就截止|之前|以前|{_PART}|{_WEEKDAY}"
    rf"|[,\s]?{_CLOCK})(?:{_PART})?(?:{_CLOCKS})?)"
)
_BARE_PART = re.compile(r"(?:早上|凌晨|上午|中午|下午|傍晚|晚上|[后头前]晌)(?![好安餐饭班课])")
_CLAUSE_MARKS = frozenset(" ,。!！?;、:\n")
# 早上 is said of habits too; of one day when something was told, came or went then.
_TOLD = re.compile(
    r"巡查|发现|看[见到]|听[见到]|接到|收到|报|喊|登记|出门|出去|到现在|一看|到[,。!？?]|来[,。!？?的]|就停|给我|场"
)
_INVITED = ("你", "您", "咱")  # 你晚上来不来
_HABIT = ("每天", "天天", "一", "大")
# In the evening, of no named day, is a habit (晚上看不清) unless somebody is expected then.
_EXPECTED = re.compile(r"[再能有去]|过?来|回来|在家|见|撸串|聚")
_STRONG_CLOCK = re.compile(
    rf"(?:\d{{1,2}}:\d{{2}}|\d{{1,2}}[点时](?!击|评|赞|数|子|名|开|燃|头|建议|意见|[一-龥]{{0,2}}积分)|"
    rf"[{_CN}两]{{1,3}}点(?:半|多|钟|整|过|[一二三]刻|\d|[{_CN}]{{2}})|.+(?:到|至|~|-).+|[{_CN}两]{{2}}点(?!建议"
    rf"|意见|要求)|零点(?![几一二三四五六七八九])|"
    rf"[四五六七八九十]点(?!建议|意见|[水五六七八]))"
)
_FESTIVAL_FOOD = re.compile(rf"^{_FESTIVAL}$")
_FOODS = re.compile(
    r"的?(?:月饼|粽|汤圆|饺|礼盒|假|放假|档|路|广场|烟花|快乐|晚会|灯会|龙舟|诗会|登高|联欢|敬老|树|灯|"
    r"对联|帽|派对|老人|礼物|袜|大餐|嘉年华|茶话|游园|歌会|节目|小报)"
)
_TRAILING = "的, \t"
_HOLIDAYS = frozenset({"五一", "六一"})
_PRICED = tuple("块千百万两毛零0123456789")  # 三块五一斤
_EVERY = frozenset({"每晚", "每早", "每晚上", "每早上"})


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
        if _is_one_days(found, match.group(), match.start(), match.end()):
            found.add("time", *match.span())


def _is_one_days(found: Findings, part: str, start: int, end: int) -> bool:
    """Tell whether a part of the day without a day is that of one day: 下午来, not 晚上看不清."""
    text = found.folded
    before = text[max(0, start - 2) : start]
    if before == "说好":
        return True
    if part != "晚上" and not before.endswith(_HABIT) and _TOLD.match(text, end):
        return True
    if part == "晚上" and before.endswith(_INVITED) and _EXPECTED.match(text, end):
        return True
    if part in ("早上", "凌晨") or (before and before[-1] not in _CLAUSE_MARKS):
        return False
    return found.is_short or part != "晚上" or _EXPECTED.match(text, end) is not None


def _is_time(text: str, start: int, end: int, kind: str) -> bool:
    written = text[start:end]
    if kind == "clock":
        return (
            _STRONG_CLOCK.match(written + text[end : end + 3]) is not None and _STRONG_CLOCK.match(written) is not None
        )
    if kind == "full":
        if _FESTIVAL_FOOD.match(written) and _FOODS.match(text, end):
            return False
        if written in _EVERY or (written in _HOLIDAYS and text[start - 1 : start] in _PRICED):
            return False
        if re.match(r"周[一二三四五六日天]$", written) and re.match(r"(?:围|岁|年|到期)", text[end:]):
            return False
    return True
