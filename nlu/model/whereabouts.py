"""Spots that no list of words knows: nouns that end like a spot, where somebody or something is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

# Function words, verbs and people: no part of a name.
_NO_NAME = (
    r"\W\d_a-z在从到去的了是和跟往过为我你他她它俺咱阿将扶验进上把被给就挂贴吊个啊吧呢哦呀嘛哩来家们喺嗰那这停放堵"
    r"坐站蹲躺倒守围晾晒摆丢扔掉落跌摔滚撞追找看"
    r"见说讲开关坏破漏裂满全很太又都还也才再只每各某哪啥谁什么怎样今昨明想要会能可得让叫拿用对向朝沿靠挨有没无冇唔"
    r"不别勿莫条只张块几一二两三四五六七八九十"
    r"人娃狗猫师着住完好多少最更已经正刚没请麻烦帮修换装拆堆占睡哭喊吵闹搁勒搭议趴爬跑走跳飞闪亮灭"
)
_SPOT_ENDS = (
    r"站亭棚库场园校廊桥池塘河湖沟渠坡坝林井坑台室厅堂房路街巷道院区角墙坛圃滩岸屋厂店馆楼铺所处口间塔庙寺碑树柱杆"
    r"栏桩牌箱柜架摊凳椅石桶像坊吧梯"
)
_NOUN = re.compile(
    rf"(?<![{_SPOT_ENDS}])(?:[\d一二三四五六七八九十]{{1,2}}号)?[^{_NO_NAME}]{{1,4}}(?<=[{_SPOT_ENDS}])$"
)
_ROOMY = frozenset("亭棚库场园廊桥池塘湖渠坡坝林台厅堂房路街巷院区坛圃岸馆")
_NOUN_FIRST = re.compile(
    rf"(?:屋面|[^{_NO_NAME}]{{1,4}}?(?:[亭棚库场园廊桥池塘沟渠坡坝林井坑室厅堂房路街巷道院区角墙坛圃滩岸间]"
    rf"|台(?![阶子])|(?<=[车驿巴士油气粮岗])站))"
    rf"(?![亭棚库场园廊桥池坡道室厅间口角]|[费卡证票长])"
)
_POINTING = re.compile("(?<=[那这嗰一])[口面排片堵道座根盏扇棵条]|建议|希望|能否|现在|旁边|底下|里头")
_BESIDE = re.compile(
    r"(?P<tail>的?(?:门口|门前|后[头面边]|后身儿?|背后|对面|对过|拐角|转角|旁边?|侧边|跟前|底下|楼下"
    r"|(?<=树)下(?![来去])|[东南西北][边侧面头]))|边上|那[边块儿片头](?!儿?[的都])|嗰[边度]|附近"
    r"|(?P<those>那[棵排盏台根口扇张截段片堆些])"
)
_AT = re.compile(
    r"(?:停|放|堆|堵|倒|躺|蹲|坐|站|丢|扔|掉|摔|跌|晕|困|卡|蹲|藏|睡|摆|晾|挂|贴)(?:在|到|进|落|喺|咗喺|咗落|倒在)"
    r"|[在喺搁勒](?!家|线|意|乎|于|下)|(?<=[蹲堵])|(?<=停)(?!车)"
)
# Where what fell lies, be it ever so small.
_SUNK_IN = re.compile(
    r"[掉跌落滚踢扔倒栽冲摔](?:下|进|到|入|落|咗落|了|下去|在)?(?P<hole>湖|河|江|井|水?沟|渠|池子|池塘|水?塘|河浜"
    r"|鱼塘|鱼池|冰窟窿|机井|窨井|阴沟|坑|下水(?:道|篦子|井|口)|排水沟|雨水(?:井|沟|篦子)|地漏)"
    r"(?=[里中底头]|$|[,。!！?？\s])"
)
_AT_HOME = re.compile(
    r"^号|^店$|号楼$|^楼$|^[东南西北]头$|^(?:小区|社区|园区)$|半道|贵平台|后台$|驾驶|工作室|科室|产房|病房|办公室$"
    r"|殡仪|接口|窗口|下水道|排水沟|水沟|管道$|水管|桶桶|纸箱|木箱|皮箱|书箱|行李|厨|卧|客|书房|浴|卫生间|厕|床"
    r"|沙发|柜|橱|桌|椅子|冰箱|洗衣机|空调|电视|灶|马桶|水槽|窗|阳台|茶几|门框|医院|法院|单位|公司|老家|教室|派出所"
    r"|手机|耳机|家|楼上|楼下|隔壁|对门|物业|居委|中间|之间|时间|期间|房间|夜间|外墙|烟道|雨棚|马路|路中|半路|公路"
    r"|杆杆|杆子$|(?<!屋)[边侧面]$|电梯$|门$|房东|孩子|老人"
)
_BETWEEN = frozenset(" 的")


def find_whereabouts(text: str, ends: Collection[int]) -> Iterator[tuple[int, int]]:
    """Find nouns that end like a spot where somebody or something is: 躺在观景亭, 茶楼门口, 油坊那边, 9栋中控间.

    ``ends``: where doors end; what follows a door is where it is.
    """
    for sign in _BESIDE.finditer(text):
        noun = _NOUN.search(text, max(0, sign.start() - 7), sign.start())
        if noun is None or (sign["those"] and noun.group()[-1] not in _ROOMY):
            continue
        if _AT_HOME.search(noun.group()) is None:
            pointing = _POINTING.match(text, noun.start(), noun.end() - 1)
            start = noun.start() if pointing is None else pointing.end()
            yield start, sign.end() if sign["tail"] else noun.end()
    for sign in _AT.finditer(text):
        noun = _NOUN_FIRST.match(text, sign.end())
        if noun is not None and _AT_HOME.search(noun.group()) is None:
            yield noun.span()
    for sunk in _SUNK_IN.finditer(text):
        yield sunk.span("hole")
    for end in ends:
        noun = _NOUN_FIRST.match(text, end + (text[end : end + 1] in _BETWEEN))
        if noun is not None and _AT_HOME.search(noun.group()) is None:
            yield noun.span()
