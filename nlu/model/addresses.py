"""Doors as people write them: 3栋2单元501, 12#1701, 9-2-604, 三号楼, 负一层, 顶楼, a bare 2503."""

from __future__ import annotations

import re

from nlu.model.lexicon import Lexicon
from nlu.model.spans import Findings

_CN = "零一二三四五六七八九十廿"
_DASH = r"\s?[-/~杠]\s?"
# 3-2-501, 12-1701. Not a date, a score, a phone number or a ticket: those have other lengths or neighbours.
_DASHED = re.compile(
    rf"(?<![\d码-])(?<![a-z])(?P<building>\d{{1,2}}|[a-z])(?:栋|幢|座|号楼|号|#)?{_DASH}(?P<unit>\d)(?:单元)?"
    rf"{_DASH}(?P<room>\d{{3,4}}[a-d]?)(?![\d-])"
)
_DASHED_PAIR = re.compile(
    r"(?<![\d-])(?<![a-z])(?P<building>\d{1,2}|[a-h]|[ac-h]\d)-(?P<room>\d{3,4}[a-d]?)(?![\d-])(?!\s?(?:元|块|人|分|"
    r"号|斤))"
)
_PARKING_SLOT = re.compile(
    r"(?<![a-z0-9])(?:b\d|[a-h]区?|p\d)-?\d{2,4}(?:号)?(?:车位)|(?<![a-z0-9])b\d-\d{2,4}(?:号(?:车?位)?)?(?!\d)|(?<=车[位库])[a-h]-\d{2,3}(?!\d)"
)
_BUILDING = re.compile(
    rf"(?<![\d第.a-z])(?P<building>(?:[a-z]?\d{{1,3}}|(?<![{_CN}百两几第])[{_CN}]{{1,3}}|[a-z])\s?(?:[号好]楼|"
    rf"号院(?![门子里长墙])|栋|幢))(?!楼(?!下|上|道|顶|梯))"
    r"|(?<![\d.a-z])(?P<block>(?:\d{1,2}|[a-z])\s?座)(?!位|椅|标|\d{1,2}排|商务|大?[山城桥])"
    rf"|(?<![{_CN}几一这那每整])(?P<cnblock>[{_CN}]{{1,2}}座)(?=\d|[{_CN}]+(?:楼|层|单元))"
    r"|(?<![\d.a-z])(?P<hash>(?:\d{1,2}|[a-z])\s?#\s?(?:楼)?)"
    r"|(?<![\d.])(?P<lane>\d{1,4}弄\d{1,3}号|\d{1,3}号(?=\d{3,4}(?:室|(?!\d|元|块|人))|"
    r"[一二三四五六1-9]单元|\d[-杠]\d{3}|[底顶][楼层]|[一二三四五六七八九十\d]{1,2}[楼层]))"
    r"|(?P<cnname>[甲乙丙丁][栋幢座])"
    rf"|(?:(?<=[,\s哋喺系])|^)(?P<cantonese>[{_CN}]{{1,2}}座)(?!大?[山城桥])"
)
# 一栋楼 is a count and 这一栋 points; both name no building.
_COUNTED_BUILDING = re.compile(r"(?:这|那|哪|整|每|我们|咱们?|同|另|某)一?$")
_UNIT = re.compile(
    rf"(?<![\d.])(?P<unit>(?:\d{{1,2}}|(?<![{_CN}第])[{_CN}]{{1,2}}|[a-f]|[东西南北中甲乙丙])\s?单(?:[元园圆原缘无远]"
    rf"|员(?!工))"
    rf"|(?<![{_CN}])[1-9一二三四五六](?:门|单)(?=\d{{3}}))"
)
_AFTER_BUILDING_UNIT = re.compile(
    rf"\s?(?P<unit>(?:\d{{1,2}}|[{_CN}])(?:门|梯|号门|单))(?=\s?(?:\d{{3}}|[{_CN}]{{3}}))|\s?(?P<last>\d门)(?=$|[,。!！?？\s])"
)
_AFTER_BUILDING_PAIR = re.compile(rf"(?:\s|[-,、的])?(?P<unit>\d){_DASH}(?P<room>\d{{3,4}}[a-d]?)(?!\d)")
_AFTER_BUILDING_ROOM = re.compile(
    r"(?:\s|[-,、的/])?\s?(?P<room>\d{3,4}[a-d]?(?:室|房|号房|户|号(?!楼))?"
    r"|[零一二三四五六七八九幺]{3,4}(?:室|房)?|[a-h]室)(?![\d.]|年|块|元|多块)"
)
_FLOOR = re.compile(
    rf"(?P<special>[负-](?:[一二三四]|\d)(?:层|楼)|负[一二三1-3](?![\d.一二三四五六七八九十分号栋])|"
    rf"地下[一二三四1-4](?:层|楼)|b[1-4](?:层|楼)|顶楼|顶层|底楼|底层)"
    rf"|(?<![\d第.a-z{_CN}百千几两])(?P<number>\d{{1,2}}(?:楼|层|f(?![a-z0-9]))|[{_CN}]{{1,3}}楼)(?!主|盘|"
    rf"市|梦|长|层|道|梯间)"
    rf"|(?<![{_CN}百千几两第])(?P<cnlayer>(?:[二三四五六七八九]|[二三四五六七八九]?十[{_CN}]?)层)(?!楼|次|"
    rf"皮|防|玻璃|意思|窗|床)"
)
_COUNTED_FLOORS = re.compile(r"(?:爬|跑|掉|下坠|坠|蹦|跳|走)(?:完|上|下)?(?:去)?了?(?:好几|整整|足足)?$")
_COUNTED_LAYERS = re.compile(r"[了有共高几好整满降穿这那哪倒]$")
_BARE_BASEMENT = re.compile(r"(?<![a-z0-9])b[1-4](?![a-z0-9-])")
_ROOM = re.compile(
    r"(?<![\d.:\-+¥$￥/a-z#])(?P<room>\d{3,4}[a-d]?\s?(?:室|房(?!价|租|贷|款)|号房|户(?!人|型|口|业)))"
)
_CN_ROOM = re.compile(
    r"(?<![零一二三四五六七八九幺十百千])(?P<room>[一二三四五六七八九][零一二三四五六七八九]?零[一二三四五六"
    r"七八九幺](?:室|房)?|[一二三四五六七八九]{3}(?:室|房(?![价租贷])))(?![零一二三四五六七八九幺十百千块元年])"
)
# Where every landing has few doors they have letters: 18樓B, 3座B室.
_LETTER_ROOM = re.compile(r"[a-h]\s?室|[a-h]\s?座?(?=$|[\s,。!！?？])")
_BARE = re.compile(r"(?<![\d.:+¥$￥/a-z#-])(?<![\d][,])(?P<room>\d{3,4}[a-d]?)(?![\d.:%℃/~-]|,\d{3}|[a-z#])")
# What stands before or after a number that counts, prices, dates or names something other than a door.
_NOT_ROOM_AFTER = re.compile(
    r"\s?(?:块|元|米|一[箱斤盒袋件份]|年|月|日|分(?!水|机|户)|个|人|次|斤|公斤|克|升|毫|瓦|匹|度|公里|里|步|天(?!天)|点|路|平|万|"
    r"千|百|多|来(?!个)|余|篇|条(?!线)|部|集|是我的|"
    r"页|页|层|号(?!房)|岁|秒|小时|分钟|倍|只|张|台|份|件|箱|包|袋|瓶|斤|股|票|字|吨|兆|寸|码|航班|国道|线|"
    r"线路|班|系|款|型|机|胶|油|"
    r"汽油|档|级|届|期|比|颗|粒|盒|双|亩|户|座(?!机)|所|辆|车|股|大洋|刀|港币|人民币|平米|平方|毫升|毫克|ml|"
    r"kg|g|w|v|k|m|p|"
    r"团购|开头|结尾|打头|热线|电话|报警|急救|的电话|晚会|大促|红包|演习|电台|频道|事件|医院|块钱|元钱|开)"
)
_NOT_ROOM_BEFORE = re.compile(
    r"(?:第|约|共|近|超过|大概|差不多|尾号|单号|编号|扫码|报错|密码|口令|价|价格|租金|月租|涨到|降到|卖|花了|花|收了?|"
    r"赔了?|罚了?|转了?|打|拨|叫|"
    r"拨打|号码|热线|电话|公交|地铁|微信|群号|验证码|取件码|取货码|运单|快递|工号|警号|车牌|考了?|得了?|"
    r"跑了?|走了?|涨了?|"
    r"降了?|预算|只要|才|现价|原价|售价|总共|一共|满|减|积分|攒了?|尾数|零下|才卖|标价|每月|一月|月薪|工资|"
    r"退休金|编码|单子|工单|"
    r"no\.?|版本|型号|代码|公历|农历|编|分数|体重|身高|每平|每斤|日均|步数|刷了?|喊了?|说了?|欠了?|交了?|"
    r"扣了?|充了?|存了?|送了?|要|no)\s?$"
)
_NOT_ROOMS = frozenset(
    "110 119 120 122 114 911 315 520 521 512 618 1111 1212 996 007 211 985 666 888 999 233 360 404a 500 1000"
    " 2000 3000 "
    "5000 300 200 400 600 700 800 900 100 101网 618a".split()
)
_YEAR = re.compile(r"20[012]\d$")
_OLD_YEAR = re.compile(r"20(?:0[1-6])$")
_LAST_ROOM_OF_A_FLOOR = 30


def find_addresses(found: Findings, lexicon: Lexicon) -> None:
    """Find whole doors first, then their parts, then bare room numbers."""
    text = found.folded
    if lexicon.building_pattern is not None:
        for match in lexicon.building_pattern.finditer(text):
            if found.add("building", *match.span()):
                _read_on(found, match.end())
    _find_slots(found)
    if any(char.isdigit() for char in text):
        _find_dashed(found)
    _find_buildings(found)
    for match in _UNIT.finditer(text):
        if found.add("unit", *match.span("unit")):
            _read_room(found, match.end())
    _find_floors(found)
    for pattern in (_ROOM, _CN_ROOM):
        for match in pattern.finditer(text):
            found.add("room", *match.span("room"))


def find_bare_rooms(found: Findings) -> None:
    """Find numbers that can only be doors; to be run when everything else has taken its digits."""
    text = found.folded
    for match in _BARE.finditer(text):
        if is_room_number(text, match.start(), match.end()):
            found.add("room", *match.span("room"))


def is_room_number(text: str, start: int, end: int) -> bool:
    """Tell whether a bare number of three or four digits reads as a door."""
    written = text[start:end]
    digits = written.rstrip("abcd")
    if (
        written in _NOT_ROOMS
        or (_YEAR.match(digits) and not _OLD_YEAR.match(digits))
        or digits.startswith("0")
    ):
        return False
    if not 1 <= int(digits[-2:]) <= _LAST_ROOM_OF_A_FLOOR:
        return False
    if _NOT_ROOM_AFTER.match(text, end):
        return False
    return _NOT_ROOM_BEFORE.search(text, max(0, start - 6), start) is None


def _find_slots(found: Findings) -> None:
    for match in _PARKING_SLOT.finditer(found.folded):
        found.add("place", *match.span())


def _find_dashed(found: Findings) -> None:
    text = found.folded
    for match in _DASHED.finditer(text):
        if found.is_free(*match.span()):
            for name in ("building", "unit", "room"):
                found.add(name, *match.span(name))
    for match in _DASHED_PAIR.finditer(text):
        digits = match["room"].rstrip("abcd")
        if found.is_free(*match.span()) and 1 <= int(digits[-2:]) <= _LAST_ROOM_OF_A_FLOOR:
            found.add("building", *match.span("building"))
            found.add("room", *match.span("room"))


def _find_buildings(found: Findings) -> None:
    text = found.folded
    for match in _BUILDING.finditer(text):
        name = match.lastgroup or "building"
        start, end = match.span(name)
        if text[start] == "一" and _COUNTED_BUILDING.search(text, max(0, start - 4), start):
            continue
        if text[start] == "一" and text[start + 1 : start + 2] in "栋幢" and not _is_named_first(text, end):
            continue
        if found.add("building", start, end):
            _read_on(found, end)


def _is_named_first(text: str, end: int) -> bool:
    """一栋 is a number only when a door or a place follows: 一栋二单元, 一栋301, 一栋电梯."""
    return re.match(r"\s?(?:\d|[一二三四五六]单元|电梯|楼下|楼道|门口|大厅|顶楼)", text[end:]) is not None


def _read_on(found: Findings, end: int) -> None:
    """Read what follows a building: unit and room, or the room alone."""
    text = found.folded
    pair = _AFTER_BUILDING_PAIR.match(text, end)
    if pair is not None:
        found.add("unit", *pair.span("unit"))
        found.add("room", *pair.span("room"))
        return
    unit = _AFTER_BUILDING_UNIT.match(text, end) or re.compile(r"[\s,、的-]?" + _UNIT.pattern).match(
        text, end
    )
    if unit is not None and found.add("unit", *unit.span(unit.lastgroup or "unit")):
        end = unit.end()
    _read_room(found, end)


def _read_room(found: Findings, end: int) -> None:
    text = found.folded
    room = _AFTER_BUILDING_ROOM.match(text, end)
    if room is None:
        return
    start, stop = room.span("room")
    is_named = not text[start:stop].isdigit()
    if is_named or not _NOT_ROOM_AFTER.match(text, stop):
        found.add("room", start, stop)


def _find_floors(found: Findings) -> None:
    text = found.folded
    for match in _FLOOR.finditer(text):
        start, end = match.span()
        if match["cnlayer"] and _COUNTED_LAYERS.search(text, max(0, start - 1), start):
            continue
        if not match["special"] and _COUNTED_FLOORS.search(text, max(0, start - 6), start):
            continue
        if _is_one_layer(text, start, end):
            continue
        if found.add("floor", start, end) and (letter := _LETTER_ROOM.match(text, end)):
            found.add("room", *letter.span())
    for match in _BARE_BASEMENT.finditer(text):
        found.add("floor", *match.span())


def _is_one_layer(text: str, start: int, end: int) -> bool:
    return text[start:end] in {"一层", "1层"} and text[end : end + 1] not in {
        "",
        " ",
        ",",
        "的",
        "大",
        "电",
        "楼",
    }
