"""What people sign up for, and how many come: 八段锦早课, 羽毛球賽, 「老物件展览」, 报3个人, 我们仨, +2."""

from __future__ import annotations

import re

from nlu.model.lexicon import Lexicon
from nlu.model.spans import Findings

# Without one of these a word like 插花 or 舞蹈 is talk, not an activity of the community.
_ABOUT_SIGNUP = re.compile(
    r"报(?:名(?!费)|[个上我俺咱\d一二两三四]|[了滴的得哩嘅](?!修|警|案))|组团去|帮我报|给我报|参加|算[我俺上]"
    r"|加[我俺上]|名额|接龙|占[个位座]|"
    r"留[个一两]|退[了出掉]|取消|去不了|来不了|去不成|"
    r"请假|换人|替我|改[成由]|排我|填上|满员|满了|人数|还收|还缺|还招|招[不人男女]|零基础|要带|自带|改期|"
    r"点位|志愿|同意|\+\s?\d|我也去|我要去|"
    r"还有位|名单|第[一二三四五六七八九十]期|开锣|签到|集合|想学|想试|有我|缺人|让给|划掉|自荐|点报|登记下|"
    r"登記|怎么报|收到几号|几点开|哪个老师|会得退|下雨|交钱"
)
# Work, school, home town and the past have classes and teams of their own.
_NOT_OURS = re.compile(
    r"单位|公司|幼儿园|驾校|(?<!回)老家|领导|当年|那会儿|小时候|纪录片|春晚|新闻|游戏|会员|酒店|研究生|马拉松|考研|"
    r"团购|拼单"
)
_HAN = r"[一-龥a-z]"
_TWO_PART_SUFFIX = (
    r"(?:运动会|茶话会|读书会|听书会|分享会|联欢会|音乐会|灯谜会|绘本会|恳谈会|议事会|交流会|观影会|品鉴会|"
    r"故事会|相亲会|晚会|游园会|座谈会|生日会|"
    r"合唱团|艺术团|话剧团|读书社|书法社|摄影社|棋社|诗社|巡逻队|志愿队|服务队|舞蹈队|合唱队|锣鼓队|腰鼓队|"
    r"舞龙队|龙舟队|模特队|太极队|秧歌队|乐队|广场舞队|篮球队|足球队|骑行队|护河队|小分队|"
    r"早课|晚课|公开课|体验课|亲子课|小课堂|课堂|兴趣班|培训班|暑期班|寒假班|夏令营|冬令营|训练营|科学营|"
    r"体验营|观察营|美术营|暑托班|晚托班|提高班|初级班|"
    r"培训|讲座|宣讲|比赛|大赛|邀请赛|友谊赛|联赛|决赛|展览|书画展|摄影展|市集|集市|市场|工作坊|沙龙|体验日|"
    r"开放日|服务日|维修日|电影日|清洁日|观星夜|义诊|义剪|义卖|义演|义修|宴|百家宴|长桌宴|采摘|"
    r"徒步|健步走|督导|演练|观影|放映|快闪|评选|导览|导赏|讲解员?|研学|郊游|春游|秋游|派对|擂台|茶会|花会|庙会|"
    r"灯会|歌会|志愿活动|活动日|开放麦|剧场|情景剧|启蒙|体验|旅行|站桶|彩排)"
)
_ONE_CHAR_SUFFIX = r"(?:课|班|赛|会|团|展|营|局|戏)"
_SUFFIXED = re.compile(rf"{_HAN}{{0,8}}?(?:{_TWO_PART_SUFFIX}|{_HAN}{_ONE_CHAR_SUFFIX}(?!们|员|长|不|儿|议))")
# Everything up to the last of these is not part of the name.
_CUT = re.compile(
    r".*(?:报名|参加|加入|登记|[想要]学|[想要]报|跟着|听说|小区|社区|居委|街道|党群|取消|请问|关于|老公|"
    r"老婆|老伴|奶奶|爷爷|孩子|闺女|儿子|女儿|今年|周末|昨晚|今晚|"
    r"[能想去]当|当个|[那这哪][个场堂节次期种]|第[一二三四五六七八九十]|"
    r"[报个的嘅之滴了是有我俺你他她们哋咱娃妈爸去回来上下想要问退办开搞在把给就还再都也不没勿唔期场次点月半"
    r"号和跟同与这那哪啥替])"
)
_NOT_ACTIVITIES = re.compile(
    r"(?:.*[上下加早晚中夜值换排坐]班|班|.*跟班|[大小]班|[上下]课|课|[网补]课|.*开会|.?机会|社会|"
    r"[一这那等]会|.*[业居]委会|委员会|大会|协会|理事会|工会|只会|.*不会|.*会不会|都会|就会|还会|也会|会|"
    r"约会|.*聚会|领会|误会|"
    r"排队|团|集团|旅游团|开展|发展|进展|展|赛|部队|比赛|培训|讲座?|市场|菜市场|[我俺他她你].*|什么.*|哪.*|"
    r"几.*|体会|入会|[开跟拼]团|体验|旅行|局|邮局|戏|营|家长会|班会|年会|.*公会|.*(?:饭|厨|结)局|导游不会)$"
)
_QUOTED = re.compile(r"[「『“《\"【]([^「」『』“”《》\"【】\n]{2,12})[」』”》\"】]")
_BRACKETED = re.compile(r"[((](?P<name>[一-龥]{2,8})[))]")
# Names without a tell-tale ending show by their surroundings.
_NAME = r"[一-龥]{2,7}?"
_TAKEN = "\x00"
_START = r"(?:^|[\x00\s,。!！?;、…:)])(?:的|嘅|那个|这个|这次|那场|上次的?)?"
_FRAMED = (
    re.compile(
        rf"{_START}(?P<name>{_NAME})(?:报|算|加|带)(?:名|上)?(?:我|俺|咱|上|个|一|\d|两|三|俩|仨|我们|\x00)"
    ),
    re.compile(
        rf"{_START}(?P<name>{_NAME})(?:那个|这个|那天|那场|那期|那次|那课)(?=$|[\x00\s,。!！?点活]|我|俺)"
    ),
    re.compile(r"\+\s?(?:\d|\x00){1,2}(?:人|个|位)?[\s,]*(?P<name>[一-龥]{2,7})(?=$|\W)"),
    re.compile(
        rf"(?:报名参加|报名|参加|想学|想报|登记|取消|退掉|退出|预约|报个?|要学)(?:一下|下|了|\x00|的|嘅|"
        rf"那个|这个|个|:)*(?P<name>{_NAME})(?:的|嘅)?(?=$|[\s,。!！?;、]|名额|算|可以|行|吗|不|两个|一个|"
        rf"\d|\x00)"
    ),
)
# Only when the intent is known: the first thing named before the verb is what it is about.
_TOPIC = (
    re.compile(rf"(?:想|要|能)(?:去|来|参加|加入)(?:那个|这个|那场|这场|那次)(?P<name>{_NAME})(?=$|[,。!！?？\s])"),
    re.compile(
        rf"{_START}(?P<name>[一-龥]{{2,6}}?)(?=我|俺|咱|阿拉|我哋|侬|[不勿唔]|去|还|仲|是|几|[在喺]|要|有|"
        rf"能|可|给|名额|算|退|取消|改|换|怎|咋|什么|满|收|缺|谁|哪|啥|让|这种|那种|都|到底|係|系|嘅|"
        rf"[冇没](?!有趣)|"
        r"弃|撤|少|减|找|里|用|得|坐|会|发|吃|踢|分|停|放|奖|啱|俾|落|男|女|老早|必须|随时|[,。!?\s]|$|\x00)"
    ),
)
_NOT_NAMES = re.compile(
    r"(?:.*[我你他她俺咱谁啥哪您们的了吗呢吧么什没不这那都就很太也再能可会给把被让几多].*|名额|名|个|一个|"
    r"大家|活动|接龙|费用|时间|同意|上面|前面|志愿者|明天|今天|费|表|名单|"
    r"[一二三四五六七八九十两]+[个人位名口]{0,2}|"
    r"电话|预约|课程|位置|社区.*|居委.*|.*(?:师傅|老师|阿姨|大姐|群主|物业|小邻|网格员|管理处|管委)|上回|"
    r"上次|下次|老人|孩子|一下|抱歉|不好意思|对唔住|对不起|请问|听说|麻烦|唔该|拜托|求|报名|参加|退出|取消|"
    r"登记|哎呀?|"
    r"如果|要是|本来|原来|因为|临时|家里|老公|老婆|老伴|儿子|女儿|闺女|孙子|爷爷|奶奶|阿[公婆嬷嫲]|"
    r"老[妈爸头汉豆].*|街坊|邻居|有[人空]|帮|想|昨晚|明早|周末|好的?|行|可以|收到|谢谢|辛苦|感谢|后来|"
    r"计划.*|名字|手[滑抖].*|先|那会)$"
)
_COUNT_NUM = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,2})"
_PEOPLE = (
    rf"(?:{_COUNT_NUM}\s?(?:个名额|个人|个位子?|个大人|个小孩|个(?!月|小时|钟|星期|礼拜|头|问题|事|建议|班|"
    rf"活动|摊|节目|新|名)|位|名(?!字|额)|人(?!制)|口人?)|[俩仨](?!月|小时|钟|星期|礼拜|字))"
)
_PLUS = re.compile(r"(?:^|(?<![\d\w)]))\+\s?(?P<count>\d{1,2})(?![\d.:])")
# Whose people they are (我家, 一家, 我们) is no part of the number. What was and is no more does not count.
_COUNTS = (
    re.compile(r"(?:就|只)[剩有留]?[我俺额](?P<count>一个人?)(?!位|名)"),
    re.compile(
        r"[跟同和与搭][^,。!！?？\s\d]{1,4}?(?P<count>[两二2](?:个人|个(?![月小钟星礼])|位|家头)|[俩仨]人?(?![月小钟星礼]))"
    ),
    re.compile(r"(?:^|[,。!！?？\s])(?P<count>[俩仨]人?)(?=$|[,。!！?？\s])"),
    re.compile(rf"(?:学生|护士|老师|参加人|组员|队员|人数)(?P<count>{_COUNT_NUM}[个名位])(?=$|[,。!！?？\s])"),
    re.compile(
        rf"(?:改[成做为]|变成|减[到成]|只剩下?|剩下?|如今|现在|只(?=[来去有能]))(?:只)?(?:能)?(?:来|去|有|剩"
        rf"|我)?(?:得到|得了)?(?P<count>{_PEOPLE}|一个)"
    ),
    re.compile(rf"(?<!原来)(?<!原先)(?<!本来)(?P<count>{_COUNT_NUM}\s?个(?:名额|位子?(?=$|[\s,。!！])))"),
    re.compile(
        r"(?P<count>[俩两一二三仨\d]个?(?:大人|老人|老的|大的|大)[,、和加带]?[俩两一二三仨\d]个?(?:小孩子?|孩子"
        r"|娃娃?|小的|小))"
    ),
    re.compile(r"(?:全家|一家子?)\s?(?P<count>[\d三四五六七八]{1,2}口人?|仨)"),
    re.compile(
        rf"(?:我们|我家|咱们?|咱家?|俺们?|我哋|阮|阿拉|老公|老婆|老伴|同事|搭档|室友|闺女|儿子|我妈|我爸|我姐|我妹)家?"
        rf"(?P<count>[仨俩]人?|{_COUNT_NUM}(?:个人?|口人?|位|人))(?!月|小时|楼|栋|单元)"
    ),
    re.compile(
        rf"(?:^|[\s,。!！?]|名额|报名|我家|我们家|家里)(?P<count>{_COUNT_NUM}(?:个人|个|人|位|名|口))(?=$|"
        rf"[\s,。!！]|报名|参加|都|一起|组团)"
    ),
    re.compile(r"(?:算|加|报|添|带|留|填)(?:我|俺|上我|上俺)(?P<count>一个|一位|一份)"),
    re.compile(
        rf"(?:报名?|算上?|加上?|添|带上?|留|占|填|登记|来|去|还有|共|一共|总共|共计|给|抢|都|出|派|屋头去|室友|"
        rf"老伴登记,)(?:我们?|俺们?|咱们?|阮|了|上|家|我家)*\s?(?P<count>{_PEOPLE})"
    ),
    re.compile(rf"(?<![第这那几])(?P<count>{_COUNT_NUM}(?:个人|位))(?=$|[\s,。!！]|我[和跟])"),
    re.compile(
        rf"(?:只|就|改成|变成|剩|减到|少|多)(?:来|去|有|剩|我|带)?(?P<count>{_COUNT_NUM}(?:个人?|位|人|口)|"
        rf"一个)"
    ),
)


def is_about_signup(text: str) -> bool:
    """Tell whether a folded sentence can be about taking part in something of ours."""
    return _ABOUT_SIGNUP.search(text) is not None and _NOT_OURS.search(text) is None


def find_activities(found: Findings, lexicon: Lexicon, *, is_certain: bool = False) -> None:
    """Find names of activities: known ones, those with a telling ending, those in a telling frame.

    ``is_certain``: the intent is known to be about activities, so that nothing has to prove it.
    """
    if not is_certain and not is_about_signup(found.folded):
        return
    for match in _QUOTED.finditer(found.folded):
        if is_certain or _looks_like_activity(match[1], lexicon):
            found.add("activity", *match.span(1))
    steps = (_find_known, _find_bracketed, _find_suffixed) if is_certain else (_find_known, _find_suffixed)
    for step in steps:
        if not found.has("activity"):
            step(found, lexicon)
    if not found.has("activity"):
        _find_framed(found, (*_FRAMED, *_TOPIC) if is_certain else _FRAMED)


def find_headcounts(found: Findings, *, is_certain: bool = False) -> None:
    """Find how many people come; only where somebody signs up or off."""
    text = found.folded
    for match in _PLUS.finditer(text):
        found.add("headcount", *match.span("count"))
    if not is_certain and not is_about_signup(text):
        return
    for pattern in _COUNTS:
        if found.has("headcount"):
            return
        count = pattern.search(text)
        if count is not None and not text[max(0, count.start() - 2) : count.start()].endswith("其中"):
            found.add("headcount", *count.span("count"))


def _looks_like_activity(name: str, lexicon: Lexicon) -> bool:
    known = lexicon.activity_pattern is not None and lexicon.activity_pattern.search(name) is not None
    return known or _SUFFIXED.fullmatch(name) is not None


_SUFFIX_ONLY = re.compile(
    rf"(?:{_HAN}{{0,2}}?(?:{_TWO_PART_SUFFIX})(?:[课班赛营](?![里长友表前后上下不员有]))?|(?:兴趣|体验|初级|基础|入门|少儿|成人|亲子)?(?:小组|"
    rf"[课班赛展团队会戏])(?!里|长|友|表|前|后|上|下|不|员|有))"
)
_LEAD = re.compile(
    r"(?:亲子|少儿|儿童|老年|长者|元宵|中秋|国庆|元旦|跨年|新春|重阳|端午|街坊|集体|古法|爱心|志愿|义务|"
    r"公益|消防|二手|坝坝|暑期|业余|女子|防|露天|旧书|智能|手工|创意|社区|唱|包|做|写|画|捏|看|磨|编|扭|打|"
    r"放|猜|织|扎)+$"
)


def _find_known(found: Findings, lexicon: Lexicon) -> None:
    if lexicon.activity_pattern is None:
        return
    text = found.folded
    for match in lexicon.activity_pattern.finditer(text):
        start, end = match.span()
        longer = _SUFFIX_ONLY.match(text, end)
        lead = _LEAD.search(text, max(0, start - 4), start)
        begin = lead.start() if lead is not None and found.is_free(lead.start(), start) else start
        found.add("activity", begin, longer.end() if longer is not None else end)


def _find_bracketed(found: Findings, _: Lexicon) -> None:
    for match in _BRACKETED.finditer(found.folded):
        found.add("activity", *match.span("name"))


def _find_suffixed(found: Findings, _: Lexicon) -> None:
    text = _blank_taken(found)
    for match in _SUFFIXED.finditer(text):
        start, end = match.span()
        cut = _CUT.match(text, start, end - 2)
        if cut is not None:
            start = cut.end()
        if end - start < 3 or _NOT_ACTIVITIES.match(text[start:end]):
            continue
        if found.add("activity", start, end):
            return


def _find_framed(found: Findings, frames: tuple[re.Pattern[str], ...]) -> None:
    text = _blank_taken(found)
    for pattern in frames:
        for match in pattern.finditer(text):
            start, end = match.span("name")
            if _NOT_NAMES.match(text[start:end]):
                continue
            if found.add("activity", start, end):
                return


def _blank_taken(found: Findings) -> str:
    """Put a mark in place of what is taken, so that a frame may begin right after a time."""
    chars = list(found.folded)
    for span in found.spans:
        chars[span.start : span.end] = _TAKEN * (span.end - span.start)
    return "".join(chars)
