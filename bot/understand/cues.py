"""Short standing expressions that act on what is open: 算了, 不是3栋是5栋, 我家也是, 0007怎么样了, 选2, 满意.

Only a message that is nothing but the expression counts; the same words inside a story mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.model.entities import extract
from nlu.model.folding import fold
from nlu.model.numerals import parse_numeral
from nlu.model.places import Place

LONGEST_CUE = 30  # characters; whoever writes more says more than a cue


@dataclass(frozen=True, slots=True)
class Cue:
    """A standing expression.

    ``kind``: withdraw, correct, affirm, deny, me_too, urge, thanks, not_this, my_tickets, ticket_ref, option,
    rating, help, big_text, confide, my_tips. ``value``: ticket, option or score in digits; "false_alarm" of a
    withdraw; "more": words of their own follow a me_too. ``place``: what is put right.
    """

    kind: str
    value: str = ""
    place: Place | None = None


_MENTION = re.compile(r"@\S{1,12}(?:\s|$)|@(?:小邻|物业|管家|网格员?|机器人|客服|居委会?|社区)")
_NOISE = re.compile(r"[^\w\s,+#\-:/]+")
_SPACES = re.compile(r"[\s,:]+")
_EDGES = " ,:-/_"
_PARTICLE = r"(?:了|啦|喇|吧|呀|啊|嘛|哈|哦|噢|喔|咯|哒|的|滴|呢|嘅|撒|噻|伐|哟|哇|呗|么|吗){0,3}"
_POLITE = r"(?:(?:谢谢|多谢|感谢|唔该|麻烦|拜托|辛苦)(?:你们?|您|各位|晒|大家|啦|了)?)?"
_HESITATION = (
    r"(?:(?:那|嗯|哦|唉|哎|额|呃|哎呀|咳|好|行|那就|不好意思|抱歉|对不起|麻烦|请|帮我|帮忙|我想|给我|你们?|"
    r"小邻|师傅),?)*"
)
_REF = r"(?P<ref>(?:20\d{6}-?\d{3,6}|[a-z]{1,4}-?\d{3,10}|\d{4,6}))"
_TICKET_WORD = r"(?:工单|单子|单|报修单?|报的(?:那个|事)?|案子|件|事)"
_STATUS = (
    r"(?:怎么样|怎样|咋样|啥样|点样|点啊|如何|处理(?:得|到)?(?:怎么样|怎样|咋样|哪|好没|完没|没)?|"
    r"到哪(?:一步|步|里|儿|了)?|进度|进展|情况|什么情况|啥情况|有(?:没有)?(?:结果|消息|进展|下文|人管)没?|"
    r"搞定没|好了没|好没|修好没|弄好没|办好没|解决没|完成没|搞成点|搞成怎样|几时搞好|什么时候(?:能)?(?:好|"
    r"修好|处理|来)|啥时候(?:能)?(?:好|修好|来)|还没好)"
)


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{_HESITATION}\s?(?:{pattern}){_PARTICLE}\s?{_POLITE}{_PARTICLE}")


_WITHDRAW = _whole(
    r"(?:还是)?算(?:了|啦|咯|哒|球)(?:算了)?(?:,?(?:现在|都|已经|自己|又|刚|它)*(?:好|修好|弄好|搞定|解决|"
    r"搞掂|来了|有了|亮了)(?:了|啦|咗)?)?(?:,?(?:不|唔)(?:用|要|使|必|修|报|弄|搞|麻烦)(?:你们|修|报|来|管|"
    r"弄|搞|处理|麻烦你们)?)?(?:,?我自己(?:来|弄|搞|解决|修)(?:吧)?)?(?:,?当我没(?:说|讲|问))?|"
    r"(?:先|暂时|现在|都|已经|就)?(?:不|唔|毋|冇)(?:用|要(?!啊|呀|$)|使|需要|必)(?:了)?(?:修|报|来|管|弄|搞|"
    r"处理|麻烦(?:你们)?|派人|再来|派人来)?(?:了)?(?:,?(?:已经)?(?:自己)?(?:好|修好|弄好|搞定|"
    r"解决)了?)?(?:,?我自己(?:来|弄|搞|解决|修)(?:吧)?)?|"
    r"撤(?:销|回|了|单|掉)?(?:吧|这个|这条|这单|那条|工单|单|报修|刚才(?:那个|的|那条))*|取消(?:吧|这个|"
    r"这单|工单|报修|刚才的|刚才那个|单子|该工单)*|(?:把)?(?:刚才|上面|这个|那个)(?:那个|那条|的|"
    r"这条)?(?:工单|单子|报修)?(?:撤(?:了|销|掉|回)?|取消)|"
    r"当我(?:没|冇|未)(?:说|讲|问|报|发)(?:过)?|(?:不|唔)(?:报|修|弄|搞|反映|投诉|上报)(?:了|啦)|"
    r"(?:我)?(?:发|按|点|报|打)错(?:了|群了|群|咗)?(?:,?(?:不好意思|抱歉|当我没说|忽略|请忽略|别管))?|"
    r"(?:请)?忽略(?:上面|上条|我刚才说的|我)?|(?:已经|自己)?(?:自己)?(?:修好|弄好|搞定|解决|好|搞掂|"
    r"整好)(?:了|咗|啦)(?:,?(?:不用|唔使|不用来|不用修|不麻烦|不用麻烦)(?:了|来了|修了|你们了|啦)?)|无事啦?|"
    r"没事(?:了|啦|儿了)|(?:已经|自己)好了|冇事(?:啦|喇)?|那?就算(?:了|啦|数)"
)
_FALSE_ALARM = _whole(
    r"(?:(?:大家)?(?:别慌|不用慌|放心|没事|冇事)(?:了|啦|喇)?,?)?(?:刚才|刚刚|上面)?(?:的|那个)?(?:已经)?(?:是|系|係|只是|原来是)?(?:个|一场)?"
    r"(?:误报|误会一场|一场误会|虚惊(?:一场)?|一场虚惊|解除警报|警报解除)(?:了|啦)?(?:,?(?:大家)?(?:没事|冇事|放心|别慌)(?:了|啦|喇)?)?"
)
_DROPPED = re.compile(r"(?:发|按|点|报|打)错(?:了|咗)?$")
_AFFIRM = _whole(
    r"(?:是|系|係)(?:的|这样|滴|啊|呀|嘅|这里|这儿|那里|它|这个|咯)*|对(?:的|对|啊|呀|头|滴|嘞|就是(?:这个|"
    r"这里|这样)?)*(?:对)?|嗯(?:嗯|呐|哪)*|恩恩?|好(?:的|啊|呀|滴|嘞|吧|哒|啦|咧)*|可以(?:的|啊)?|行(?:的|"
    r"啊|吧)?|没错(?:的)?|冇错|啱(?:啊|嘅|呀)?|得|确认|确定|同意|要(?:得|的)?|"
    r"ok|okay|okk|yes|y|必须(?:的)?|中|成|就是(?:它|这个|这样|这里|的)?|正是|是我|是这个(?:意思)?|对的没错|"
    r"阿是|没问题|冇问题|需要|好哒|是的没错|嗯对|对对对+|嗯是的?|没得错|要的要的"
)
_DENY = _whole(
    r"不是(?:的|啊|呀|这个|这里|这儿|它|滴|吧)*|不(?:对|行|好|可以|要|用|需要|同意|是的)?|不对不对|"
    r"没有?(?:啊|呀|呢)?|唔系(?:啊|嘅)?|唔啱|唔好|唔要|唔使|冇(?:啊)?|否|no|n|nope|错(?:了)?|都不是|都不对|"
    r"还没有?|没呢|没得|不得|弗是|勿是|不是不是|没有没有|莫得"
)
_ME_TOO = _whole(
    r"我(?:家|们|这|这边|这里|屋|屋头|哋|哋屋企|屋企|们家|们楼|们单元|这层|们这|们这边|们这栋|们栋)?(?:这里|"
    r"这边|这儿|家)?(?:也|都|亦|同样)(?:是|系|一样|有|遇到|这样|停了|没有|没水|没电|没气|是这样|是的|遇到了|"
    r"一样的|系咁|系啊|想(?:问|要|知道)|需要|碰到|中招)(?:了|啦|嘅|咁)?|"
    r"(?:\+1)+|\+ ?1|加一|加1|\+10086|同(?:求|问|上|感|样|款|楼上|样的问题)|(?:一样|同样)(?:的)?(?:情况|"
    r"问题|遭遇)?|俺(?:家|们)?也(?:是|一样|有)|咱(?:家|们)?也(?:是|一样|有)|附议|我也(?:是|一样|有|遇到|要|"
    r"想问|想知道|停了)?|我都系|阿拉(?:屋里|家)?也(?:是|一样)|楼上(?:\+1|说得对|正解)|算我一个(?:也是)?|"
    r"me too|"
    r"(?P<where>[\w\-]{1,10}?(?:栋|幢|座|号楼|单元|楼|层|室|家|\d{3,4}))(?:这边|这里|这儿|的|家|屋里|"
    r"屋头)?(?:也|都)(?:是|系|一样|有|这样|停了|没水|没电|没气|没有|坏了|不亮|是这样|是的|一样的)?(?:了|啦|"
    r"嘅)?|\+1\s?(?P<plus>[\w\-]{2,10})"
)
_URGE = _whole(
    rf"(?:再)?(?:帮(?:我|忙)?)?催(?:一下|下|催|促|单|个单|一催|一哈|哈|下子)*(?:我的|我那个|那个|这个|"
    rf"我)?{_TICKET_WORD}?(?:啊|呀)?|(?:再)?(?:加|搞)?快(?:点|一点|些|啲)(?:啊|呀|处理|来|来人|修|行不行|"
    rf"行吗|好吗|嘛|撒|噻|啦)*|"
    r"(?:怎么|咋|点解|做乜|啷个|咋个|为什么|为啥)(?:这么久)?(?:还|都|仲)(?:没|不|未|冇|"
    r"没得)(?:有)?(?:人)?(?:来|修|处理|弄|好|动静|消息|到|嚟|回|回复|搞|解决|人来|人管|上门|反应|派人|"
    r"人嚟)?(?:人)?(?:来|修|处理|理)?|"
    r"(?:师傅|人|维修|人员|你们|工人)(?:呢|在哪|到哪了|到哪里了|几时到|什么时候(?:到|来)|啥时候(?:到|来)|"
    r"还来不来|还没来|还没到|来不来|还来吗)|(?:还|仲)要(?:等)?(?:多久|几耐|好久|多长时间)|(?:要|"
    r"得)等(?:到)?(?:多久|几耐|什么时候|啥时候|何时)|(?:到底)?(?:还)?(?:有没有|有冇)人(?:来|管|处理|嚟|理)?|"
    r"(?:几时|什么时候|啥时候|好久|多久|何时)(?:能|先|才|可以)?(?:来|修|到|嚟|来人|好|修好|派人|有人来|"
    r"来修)|等(?:很|好|太)久|(?:好|修好|弄好|搞定|处理好|完)了(?:没有?|吗|咩|未)|(?:急|等)(?:死|着)(?:人|"
    r"我)?(?:用)?|(?:还|都|仲)(?:没|未|冇)(?:人)?(?:来|修|好|处理|嚟|到)(?:啊|呢|呀)*"
)
_URGE_REF = _whole(
    rf"(?:催(?:一下|下|催|单)?{_REF}|{_REF.replace('ref', 'ref2')}(?:号|单|那单|这单|"
    rf"工单)?,?\s?(?:催(?:一下|下|催|单)?|快点|加急|急))"
)
_THANKS = _whole(
    r"(?:非常|十分|万分|太|真的?|多|好|好好|先|那就|那)?(?:谢谢|多谢|感谢|谢了|谢啦|谢咯|唔该|唔该晒|多谢晒|"
    r"辛苦|辛苦了|thanks?|thx|thank you|3q|3x|谢|谢过|麻烦(?:你们|您|师傅|各位)了|费心了|有劳了|感激|"
    r"感恩)(?:你们?|您|啦|了|师傅|大家|小邻|各位|管家|物业|哦|哈|晒|网格员|大哥|大姐|亲|老师|群主|啊|侬|哒|"
    r"辛苦了|感谢|谢谢|多谢)*"
)
_NOT_THIS = _whole(
    r"(?:我)?(?:不|唔)(?:是|系)(?:这个|呢个|那个|这)?(?:意思|事|事儿|问题|嘢)|(?:我)?说的不是(?:这个|这|"
    r"这事)|(?:你)?(?:理解|搞|弄|听|会|领会|听差|理会)错(?:了|咗|意思了?)?(?:我(?:的)?意思)?|(?:不|"
    r"没)是(?:让|叫|要)你.{0,6}|答非所问|文不对题|不是这样的?|你没(?:听|看|明白|弄)(?:懂|明白|"
    r"清楚)?(?:我)?(?:的意思)?|(?:你)?(?:误会|误解)(?:我)?了?|跟这个没关系|我问的不是(?:这个|这)|"
    r"都不是(?:这个)?意思|牛头不对马嘴|驴唇不对马嘴|鸡同鸭讲|不是这个"
)
_MY_TICKETS = _whole(
    r"(?:查(?:一下|下|询|查|看|一查|哈|一哈)?|看(?:一下|下|看|一看)?|我要(?:查|看)|想(?:查|看)(?:一下|下)?|"
    r"睇(?:下|吓)?|显示|列出|瞅瞅|翻翻)?(?:我|俺|本人|我家|我们家|我哋)(?:的|报的|之前报的|提的|自己的|嘅|"
    r"提交的|所有的?|全部)*(?:工单|单子|单|报修(?:单|记录)?|报事|记录|进度|报过的事|诉求|反映的(?:事|问题)|"
    r"上报记录|事项)(?:呢|在哪|列表|情况|进度|怎么样了?|有哪些|到哪了|查询)?|(?:查|看|查询)(?:一下|"
    r"下)?(?:工单|单子|进度|报修进度|报修记录|工单进度|处理进度)|(?:工单|报修)(?:查询|进度|列表)|(?:我|"
    r"俺)(?:都)?报(?:过|了)(?:哪些|几个|什么|些啥)(?:单|事|工单)?"
)
_TICKET_REF = _whole(
    rf"(?:查(?:一下|下|询)?|看(?:一下|下|看)?|请问|问(?:一下|下))?(?:我的|那个)?(?:工单|单号|单子|编号|单|#|"
    rf"no|号)*(?:是)?[#: ]?{_REF}(?:号|的|那个|这个|那条|这条|那张|那单|"
    rf"这单)*{_TICKET_WORD}?(?:的)?,?(?:现在|目前|到底)?{_STATUS}|"
    rf"(?:查(?:一下|下|询)?|看(?:一下|下|看)?)(?:工单|单号|单子|编号|"
    rf"单)?[#: ]?{_REF.replace('ref', 'ref2')}|(?:工单|单号|编号|单子)[#: ]?{_REF.replace('ref', 'ref3')}|"
    rf"#?{r'(?P<ref4>20[0-9]{6}-[0-9]{3,6})'}"
)
_CONFIDE = _whole(
    r"(?:我)?(?:想|要|想要|有(?:个|一个)?(?:人|事)?(?:想|要))?(?:匿名|实名|保密|私下)?(?:地)?(?:举报|检举)(?:一下|个人|"
    r"一个人|线索|一件事|一个事)?|(?:我)?(?:想|要|想要)?(?:匿名|保密|私下|悄悄)(?:地)?(?:反映|说|讲|报告|提供)(?:一下|"
    r"一件|一个|一条|个|件|点)?(?:事|事情|情况|问题|线索)?|(?:我)?(?:这里|手上)?(?:有|想|要|想要)?(?:个|条|一条|一个|提供|"
    r"反映|报告|报)(?:个|条|一条|一个|点)?线索(?:要|想)?(?:反映|提供|举报|报)?|(?:我)?有线索(?:要|想)?(?:反映|提供|举报|报)?"
)
_MY_TIPS = _whole(
    r"(?:查(?:一下|下|查)?|看(?:一下|下|看)?)?我(?:的|报的|反映的|举报的|提供的)+(?:那(?:个|条))?线索(?:呢|进度|情况)?"
    r"(?:怎么样|怎样|咋样|点样|查得怎么样|有结果|有消息|到哪一步)?|线索(?:进度|查得怎么样|怎么样|有结果|有消息)"
)
_NUMBER = r"(?P<number>[1-9]|[一二三四五六七八九两])"
_OPTION = _whole(
    rf"(?:我)?(?:选|要|是|按|点|拣)?(?:择)?\s?(?:第)?{_NUMBER}(?:个|项|号|条|种)?(?:选项)?|(?:我)?(?:选|要|"
    rf"是)?第{_NUMBER.replace('number', 'number2')}(?:个|项|条|种)|"
    rf"(?:选项){_NUMBER.replace('number', 'number3')}|最?(?P<first>前面|上面|头)(?:那|一)?个|"
    rf"(?P<lasttwo>后面|下面)(?:那|一)?个"
)
_SCORE = re.compile(
    r"(?:打|给|评)?(?:个)?(?P<score>[1-5一二三四五])\s?(?:分|星|颗星|星好评|颗星星)(?:好评|吧|满分)?"
)
_SCORE_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("1", re.compile(
        r"(?:非常|很|太|十分|极其|特别|极度|最)(?:的)?(?:不满意?|差|烂|糟|垃圾|失望)(?:了|劲)?|(?:差评|零分|"
        r"0分|垃圾|太差劲|差到爆|烂透)了?|一点都不满意|好差|好唔满意|差得很|差劲(?:得很)?")),
    ("2", re.compile(
        r"不(?:太|怎么|大|是很)?满意|不咋(?:样|地|的)|不怎么样|不太行|唔满意|不好|差|有点差|勉强|不理想|"
        r"没(?:修|弄|搞|解决)好|还是坏的|唔系几好|孬|没解决")),
    ("3", re.compile(
        r"一般(?:般|吧|化)?(?:一般)?|还行(?:吧)?|凑合(?:吧)?|马马虎虎|普通|将就|过得去|中规中矩|麻麻地|"
        r"还可以(?:吧)?|还凑合|马虎|就那样")),
    ("5", re.compile(
        r"(?:非常|很|十分|特别|超|太|相当|好|最|挺)(?:级)?(?:的)?(?:满意|好|赞|棒|不错|给力|专业)(?:了)?|"
        r"满分|五星好评|好评|完美|点赞|棒(?:棒|极)?(?:了|哒)?|巴适(?:得板|得很)?|好犀利|好正|顶呱呱|杠杠的|"
        r"老好了|赞(?:一个|赞)?")),
    ("4", re.compile(
        r"(?:比较|还算|基本|挺)?满意|不错|还不错|挺好(?:的)?|可以的|蛮好(?:的)?|几好|中意|好的很")),
)  # fmt: skip
_HELP = _whole(
    r"帮助|help|菜单|功能|说明|使用说明|怎么用|点用|咋用|你(?:能|会|可以)(?:做|干|帮我做)?(?:什么|啥|嘛|"
    r"哪些)(?:事)?|(?:有)?(?:什么|啥)功能|怎么使用|用法|指南|怎样用"
)
_BIG_TEXT = _whole(
    r"(?:字|字体)(?:太小|小|太细|好细|太细了|看不清|看不见|大(?:一)?(?:点|些)|调大|放大|打大点)(?:了|啦|点|"
    r"一点|看不清|看不见|,)*|(?:我要|想要|给我)?(?:开|打开|切换?|换(?:成)?|要|调)?(?:到)?(?:大字|大字版|"
    r"大字体|老人模式|长辈模式|大字模式|关怀模式)(?:版|模式)?|(?:放大|调大|加大|变大)(?:一点|点|些)?(?:字|"
    r"字体)?|看不清(?:字|楚)?|大(?:一)?点(?:的)?字|字(?:整|搞|弄)大(?:一)?点"
)
_SLIP = (
    r"(?:(?:说|打|写|讲|发|报|填|记|搞|弄)(?:错|反|岔|差)(?:了|咗|楼了|地址了|地方了|房号了|门牌了)?|(?:口|"
    r"手|笔)误|更正(?:一下)?|纠正(?:一下)?|改(?:一)?下|改(?:成|为)|地址(?:错了|不对)|楼号(?:错了|不对)|"
    r"位置不对|不对|错了|哦不|啊不|噢不|不不|不)"
)
_CORRECTIONS = (
    re.compile(
        rf"(?:{_SLIP},?\s?)?(?:不是|唔系|不在|唔喺|不系)(?P<wrong>[^,]{{1,12}}?)(?:,|\s)?(?:是|系|应该是|"
        rf"而是|在|喺|要|应该系)(?:在)?(?P<right>.{{1,14}})"
    ),
    re.compile(
        r"(?:应该|其实|刚刚|我)?(?:是|系|在|喺)(?P<right>[^,]{1,12}?),?\s?(?:不是|唔系|不在|唔喺|"
        r"非)(?P<wrong>.{1,12})"
    ),
    re.compile(
        rf"{_SLIP}(?:,|\s)*(?:应该|其实|我|地址|楼号|房号)?(?:是|系|在|喺|为|成|到|住)?(?P<right>.{{1,14}})"
    ),
    re.compile(
        r"(?:哦|啊|噢|喔|哎呀)?,?(?:应该|其实|更正|准确说|准确地说)(?:是|系|在|喺|成|为)(?P<right>.{1,14})"
    ),
    re.compile(r"(?P<wrong>[^,]{1,8})(?:改成|改为|换成|应为)(?P<right>.{1,12})"),
)
_SIMPLE = (
    ("my_tips", _MY_TIPS),
    ("confide", _CONFIDE),
    ("urge", _URGE_REF),
    ("ticket_ref", _TICKET_REF),
    ("my_tickets", _MY_TICKETS),
    ("not_this", _NOT_THIS),
    ("false_alarm", _FALSE_ALARM),
    ("withdraw", _WITHDRAW),
    ("big_text", _BIG_TEXT),
    ("help", _HELP),
    ("thanks", _THANKS),
    ("me_too", _ME_TOO),
    ("urge", _URGE),
    ("option", _OPTION),
    ("affirm", _AFFIRM),
    ("deny", _DENY),
)


def find_cue(text: str) -> Cue | None:
    """Return the cue that the whole message is, or None."""
    if not text or len(text) > 4 * LONGEST_CUE:
        return None
    said = _tidy(text)
    if not said or len(said) > LONGEST_CUE:
        return None
    return _find_correction(said) or _find_simple(said) or _find_rating(said)


def _tidy(text: str) -> str:
    folded = _MENTION.sub(" ", fold(text).replace("。", ",").replace("、", ","))
    spaced = _NOISE.sub(",", folded)
    return _SPACES.sub(lambda run: "," if "," in run.group() else " ", spaced).strip(_EDGES)


def _find_simple(said: str) -> Cue | None:
    joined = said.replace(" ", ",") if "," in said else said
    for kind, pattern in _SIMPLE:
        match = pattern.fullmatch(joined) or pattern.fullmatch(joined.replace(",", ""))
        if match is None:
            continue
        if kind == "withdraw" and _DROPPED.search(said):
            return Cue("correct")
        return _make_cue(kind, match)
    first, _, more = joined.partition(",")
    if more and _ME_TOO.fullmatch(first):  # 我家也是,刷卡也没反应
        return Cue("me_too", "more")
    return None


def _make_cue(kind: str, match: re.Match[str]) -> Cue:
    groups = {name: value for name, value in match.groupdict().items() if value}
    if kind == "me_too":
        where = groups.get("where") or groups.get("plus")
        place = Place.of(extract(where)) if where else None
        return Cue(kind, place=None if place is None or place.is_empty() else place)
    if kind == "false_alarm":
        return Cue("withdraw", kind)
    if kind == "option":
        return Cue(kind, _read_option(groups))
    ref = next((value for name, value in groups.items() if name.startswith("ref")), "")
    return Cue(kind, ref.upper())


def _read_option(groups: dict[str, str]) -> str:
    if "first" in groups:
        return "1"
    if "lasttwo" in groups:
        return "2"
    number = next(value for name, value in groups.items() if name.startswith("number"))
    return str(parse_numeral(number))


def _find_rating(said: str) -> Cue | None:
    plain = re.sub(rf"{_PARTICLE}$", "", said.split(",")[0]) if len(said) <= 12 else ""
    scored = _SCORE.fullmatch(said) or _SCORE.fullmatch(plain)
    if scored is not None:
        return Cue("rating", str(parse_numeral(scored["score"])))
    for score, pattern in _SCORE_WORDS:
        if pattern.fullmatch(said) or (plain and pattern.fullmatch(plain)):
            return Cue("rating", score)
    return None


def _find_correction(said: str) -> Cue | None:
    """不是3栋是5栋: the right part has to name a place, or it is no correction of one."""
    for pattern in _CORRECTIONS:
        match = pattern.fullmatch(said)
        if match is None:
            continue
        right = _read_place(match["right"], match.groupdict().get("wrong") or "")
        if right is not None:
            return Cue("correct", place=right)
    return None


def _read_place(right: str, wrong: str) -> Place | None:
    place = Place.of(extract(right))
    if place.is_empty():
        return _read_bare_number(right, wrong)
    return place if _covers_most(right) else None


def _covers_most(right: str) -> bool:
    """A correction names a place and little else."""
    named = sum(found.end - found.start for found in extract(right))
    return len(right) - named <= 4


def _read_bare_number(right: str, wrong: str) -> Place | None:
    """不是3栋是5: the number takes its kind from what it replaces."""
    number = parse_numeral(re.sub(rf"{_PARTICLE}$", "", right.strip(_EDGES)))
    old = next(iter(extract(wrong)), None)
    if number is None or old is None or old.entity not in ("building", "unit", "floor", "room"):
        return None
    return Place(**{old.entity: str(number)})
