"""Places without a number: 地下车库, 北门, 配电房后头, 便利店拐角, 后门坡道."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from nlu.model.compounds import find_compounds
from nlu.model.elsewhere import ELSEWHERE, LONG_AGO
from nlu.model.lexicon import Lexicon
from nlu.model.spans import Findings
from nlu.model.whereabouts import find_whereabouts

# Tails belong to the name when they say where to go; 里, 上, 那边, 边上 do not.
_TAIL = (
    r"(?:门口|门前|门外|外[头边](?=$|[,。!！?？等站蹲])|楼下|后头|后面|后边|背后|背面|前头|前面|前边|拐角处?"
    r"|转角处?|拐弯处?|拐弯|入口处?|"
    r"出口处?|出入口|进口|对面|对过|"
    r"尽头|旁边|旁|侧边|底下|跟前|豁口|边(?![上儿长缘沿度个位有])|[东南西北][边侧面头角]"
    r"|第[一二三四五六七八九十\d]{1,2}[排列个]|"
    r"[东南西北]?坡道|斜坡|坡坡|梯坎|后身儿?|平台|过道|(?<![口的])台阶|楼梯口|楼梯|角落头?|(?<=角落)头|水景|深水区"
    r"|浅水区|[A-Za-z]区|[A-Za-z]口|\d{1,3}号柱子?)"
)
_TAIL_PATTERN = re.compile(rf"(?:的?{_TAIL}){{1,2}}|(?<![口门])口(?![罩味袋水感红气令头碑号])")
# Shops and stops are landmarks only together with a tail: 便利店 is a shop, 便利店拐角 is a place to go to.
_SHOP = re.compile(
    r"(?:便利店|士多|超市|小卖部|理发店|水果店|药店|药房|早餐店|面馆|饭店|餐馆|面包店|奶茶店|洗衣店|彩票店|"
    r"五金店|菜店|肉铺|菜鸟驿站|驿站|诊所|银行|邮局|公厕|报刊亭|烧烤摊|大排档|"
    r"菜市场|菜场|肉菜市场|幼儿园|幼稚园|学校|小学|澡堂|公交站|地铁口|配电箱|变压器|化粪池|水塔|井盖|信箱|"
    r"路灯|公告栏|告示牌|宣传栏|垃圾桶|桂花树|槐树|榕树|银杏树|电箱|花坛|充电桩)"
    r"的?(?:门口|门前|后头|后面|后边|背后|拐角处?|转角处?|拐弯处?|对面|隔壁|旁边|旁|侧边|跟前|"
    r"[东南西北][边侧面头]|入口|前面|底下|下面|[后围侧]墙|墙[外根]|边(?![上儿长缘沿度个位有]))"
)
# What the shop is called: up to three characters that can be part of a name.
_SHOP_NAME = re.compile(
    r"[^\W\da-z_在从到去的了是和跟往过我你他她把被给就有个啊吧呢哦,来家门路经离喺停放堵坐站蹲躺倒守围映拿咱搁勒议]{1,3}$"
)
_LEADING = re.compile(r"^(?:小区|社区|我们|咱们?|咱|这边|那边|那个|这个|那|这|又|就|都|个|块)+")
# Things that are only a place when somebody is at them: 快递柜打不开 is a fault, 在快递柜旁边 is a place.
_THING = re.compile(
    r"快递柜|丰巢柜?|取件柜|取餐柜|外卖柜|公告栏|宣传栏|信报箱|长椅|石凳|石桌|减速带|道闸|"
    r"喷泉|舞台|公园|水池边|楼梯|地铁口|校门口|斑马线|滑梯|秋千|"
    r"充电桩|垃圾桶|货架|电子屏|门卫|工地|幼儿园|商铺|小卖部|便利店|车道|麻将馆|棋牌室|小吃街|健身器[材械]|运动器材"
    r"|路灯(?!亮|光)|消[防火]栓|石墩|石球|花箱|花盆|广告牌|指示牌|警示牌|电线杆|灯杆|烧烤摊|大排档|[早夜]市|"
    r"居委会|公厕|化粪池|管理处|健身房|充电棚|露台|单元门(?!口)|草丛|排水沟|仓库|站台|(?P<alone>驿站|食堂|超市|药店"
    r"|学校)"
)
_AT = frozenset("在喺到从往搁堵间")
_NEAR = re.compile(
    r"那(?![个么台是根扇道])|这[边里儿块]|旁|边|附近|跟前|底下|下面|里[头有盘趴窝藏躺卧蹲钻]"
    r"|上有|侧|门口|拐角|后[头面]"
)
# They also tell where when they stand alone: …倒下了,便利店. What is everybody's is a spot too: 共用露台.
_ALONE = re.compile(r"(?:^|[,。!！?？;\s就在喺])(?:社区|小区|公共|共用|公用)?$")
_SHARED = re.compile(r"(?:社区|小区|公共|共用|公用)$")
_ENDS_CLAUSE = re.compile(r"(?:那[边儿块]儿?|这[边儿块]儿?|里头?)?(?:$|[,。!！?？;\s])")
# Things that the lexicon knows as places, although mostly they are what is broken or in the way.
_MOSTLY_THINGS = frozenset("棋牌室 换电柜 雨棚 化粪池 管理处 健身房 露台 充电棚 栏杆".split())
# Spots that need no list of words: the way they are called says that they are spots. Each branch begins with what is
# written, and looks back afterwards: so the search can skip to the characters that begin one.
_SPOT = re.compile(
    r"[湖河江塘溪沟]边(?![上儿])|(?<![号栋幢座\d])楼后(?:头|身儿?)|湖[心面]|池塘|水塘|河面|[东南西北](?:[侧头边]?[出入]口|[侧边]?围[篱墙栏]|[南北]角|侧路"
    r"|山墙)"
    r"|[拐转]角(?:(?<=[楼层,。!！?？;\s]..)|(?<=^..))处?|平台(?<=[楼层]平台)"
    r"|地[面上下][东南西北中a-h]区|后坡|山坡|[后前东西]院(?![长士])|岔路口|人行(?:天桥|通道)|[内外]环路|环湖路|车道(?:出口|入口)|桥头"
    r"|菜市?场|投放点|分类亭|垃圾分类亭|报刊亭|[a-h]区(?<![a-z\d].区)|[a-hp]\d区(?<![a-z\d]..区)"
    r"|[一二三四五六](?<![第上下这那本费租金周学年假一二三四五六七八九十].)(?:期(?!工程|费|的?[课班]|报名|活动|付"
    r"|款|讲座|多|间)|号岗)"
)
# A general noun is made a name by what stands before it: 立体车库, 东边凉亭, 屋顶花园.
_LEAD = re.compile(
    r"(?:地下|立体|平台|玻璃|下沉|屋顶|空中|露天|中央|中心|老年|儿童|景观|音乐|室内|共享|[一二三四五六\d]期|"
    r"机械|非机动|小区|社区|物业|楼栋|[东南西北前后][边侧面头]|桂|桃|梅|竹|樱|[东南西北]|[\d一二三四五]号|"
    r"环形|滨[河江湖]|亲水|[湖河江]边|悬崖|小山|幼儿园|小学|学校|售楼[部处]|会所|园区|居委会?|[东南西北a-z]区)的?$"
)
_UNIT_DOOR = re.compile(r"(?<![\d一二三四五六七八九十东西南北])单元(?:[门们]口|楼门口|大厅)")
_GATE = re.compile(
    r"(?:[东南西北][东南西北]?(?:大|小|侧|[一二三四五\d])?(?:门(?:口(?![香罩袋碑]))?"
    r"|(?<=[东南西北])口)(?![诊禁铃把票锁卫派店牌子槛户]|口(?![香罩]))"
    r"|[前后正侧偏小大中](?<![家对房柜车开关电厂校宅].)(?:大|小|侧)?门(?:口(?![香罩袋碑]))?"
    r"(?![诊禁铃把票锁卫缝派店牌子打开关槛户前后头]|口(?![香罩])|外(?![头面边])))"
)
_NUMBERED_GATE = re.compile(r"(?<!\d)(?:\d|[一二三四])号门(?!禁|卡)")
_NOT_AFTER = re.compile(r"[费卡证票价员长]|管理费|广告|似的|一样|(?<=区)分")
# 医院门口 is no 院门口, 广场舞 no 广场.
_NOT_WITHIN = re.compile(r"[医学法戏影寺书]院|[厨平门]房|.?广场(?=舞)")
_TOLD_WHERE = re.compile(r"[在喺到去从往]|还是|集合|碰头|见面")
_GO_TO = re.compile(r"(?:[在喺到去从往]|还是|[^不]是)$")
_MEET = re.compile(r"集合|碰头|见面|等(?:[,。!？?]|$)|上车|出发|门?还是")
_DOORS = frozenset({"building", "unit", "floor"})
_CLAUSE_MARKS = ",。!！?？;\n "
# At home, or not there yet: 改成菜园, 修个坡道.
_NOT_THERE = re.compile(
    r"(?:我家|我屋|家里|家的|自家|我们家|他家|她家|(?:[改划换变圈做建弄当]成|改[做为建作]"
    r"|改造成)了?(?:一?个)?(?:共享)?|[弄修建搞装做换设添加]个|[像似][个座條条]?|成了一?个?|[铺摊住]成个?)$"
)
# What stands in one spot of the grounds tells where, when nothing else does.
_STANDS_THERE = re.compile(
    "[滑溜]?滑梯|秋千|跷跷板|[单双]杠|篮球架|攀爬架|公告栏|宣传栏|告示栏|化粪池|喷泉|雕塑|假山|牌坊|公厕|草皮"
)


def find_places(found: Findings, lexicon: Lexicon, *, is_certain: bool = False) -> None:
    """Find landmarks, gates, common rooms and shop corners, each with the tail that belongs to it.

    ``is_certain``: the message is known to be about something here; then a word about elsewhere counts for its clause.
    """
    text = found.folded
    elsewhere = ELSEWHERE.search(text)
    if elsewhere is not None and not is_certain:
        return
    tale = elsewhere is not None and LONG_AGO.search(text) is not None
    ends = [span.end for span in found.spans if span.entity in _DOORS]
    for start, end in [*_find_shops(text), *_find_words(text, lexicon, ends)]:
        if elsewhere is None or ELSEWHERE.search(text, 0 if tale else _clause_start(text, start), start) is None:
            _add_free(found, start, end)
    if not any(found.has(kind) for kind in ("place", "building", "floor")):
        for match in _STANDS_THERE.finditer(text):
            if _NOT_THERE.search(text, max(0, match.start() - 6), match.start()) is None:
                _add_free(found, *match.span())


def find_meeting_places(found: Findings, lexicon: Lexicon) -> None:
    """Find where an activity begins or is held: only what is told as the place where people are to go."""
    if not _TOLD_WHERE.search(found.folded):
        return
    for start, end in _find_words(found.folded, lexicon, ()):
        start = _after_doors(found, start, end)
        door = max((span.start for span in found.spans if span.end == start and span.entity in _DOORS), default=start)
        if _GO_TO.search(found.folded, max(0, door - 2), door) or _MEET.match(found.folded, end):
            found.add("place", start, end)


def _find_shops(text: str) -> Iterator[tuple[int, int]]:
    for match in _SHOP.finditer(text):
        start, end = match.span()
        name = _SHOP_NAME.search(text, max(0, start - 3), start)
        if name is not None:
            start = name.start()
        lead = _LEADING.match(text[start:end])
        yield start + (lead.end() if lead else 0), end


def _clause_start(text: str, end: int) -> int:
    return max(text.rfind(mark, 0, end) for mark in _CLAUSE_MARKS) + 1


def _add_free(found: Findings, start: int, end: int) -> None:
    """Add the place, without what a door before it has taken: 一楼大厅 is a floor and its 大厅."""
    left = _after_doors(found, start, end)
    if end - left > 1 and (left == start or found.folded[left:end] != "门口"):  # the door of 3单元 is 3单元
        found.add("place", left, end)


def _after_doors(found: Findings, start: int, end: int) -> int:
    while start < end and not found.is_free(start, start + 1):
        start += 1
    return start


def _find_words(text: str, lexicon: Lexicon, ends: Collection[int]) -> list[tuple[int, int]]:
    pieces = [
        match.span() for pattern in (_UNIT_DOOR, _GATE, _NUMBERED_GATE, _SPOT) for match in pattern.finditer(text)
    ]
    pieces += find_compounds(text)
    pieces += find_whereabouts(text, ends)
    pieces += [thing.span() for thing in _THING.finditer(text) if _is_where(text, thing)]
    if lexicon.place_pattern is not None:
        pieces += _find_known(text, lexicon.place_pattern)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if _NOT_THERE.search(text, max(0, start - 6), start) or _NOT_AFTER.match(text, end):
            continue
        if joined and start <= joined[-1][1] + _is_linked(text, joined[-1][1]):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return [(_with_lead(text, start), _with_tail(text, end)) for start, end in joined]


def _is_where(text: str, thing: re.Match[str]) -> bool:
    """Tell whether a thing is named as the place and not as what is broken."""
    start, end = thing.span()
    if thing["alone"] is None and (text[start - 1 : start] in _AT or _NEAR.match(text, end)):
        return True
    return bool(_ENDS_CLAUSE.match(text, end) and _ALONE.search(text, max(0, start - 3), start))


def _find_known(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        start, end = match.span()
        if match.group() in _MOSTLY_THINGS and not _SHARED.search(text, 0, start):
            continue
        if _NOT_WITHIN.match(text, max(0, start - 1)):
            continue
        yield start, end
        longer = pattern.match(text, end - 1)  # 岗亭 in 门岗亭
        if longer is not None and longer.end() > end:
            yield longer.span()


def _is_linked(text: str, end: int) -> int:
    """One 的 between two places is part of the name: 东门的岗亭."""
    return 1 if text[end : end + 1] == "的" else 0


def _with_lead(text: str, start: int) -> int:
    lead = _LEAD.search(text, max(0, start - 4), start)
    return lead.start() if lead is not None else start


def _with_tail(text: str, end: int) -> int:
    tail = _TAIL_PATTERN.match(text, end)
    return tail.end() if tail is not None else end
