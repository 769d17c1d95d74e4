"""Whether a person is wanted, or the bot is scolded: short words, in Simplified, Traditional and dialect.

Only a message that is nothing but the wish counts; anger counts where nobody else can be meant. Whoever scolds a
neighbour, the property company or a fitter has a matter, and is not angry at us.
"""

from __future__ import annotations

import re

from nlu.model.folding import fold

LONGEST_WISH = 24  # characters; whoever writes more tells what it is about
LONGEST_ANGER = 40

_NOISE = re.compile(r"[^\w]+")
_MENTION = re.compile(r"[@＠]\S{1,12}(?:\s|$)|[@＠]小[邻鄰隣]|^\s*小[邻鄰隣](?=[\s,，!！])")
_PLEASE = (
    r"(?:(?:请|麻烦|快|赶紧|立刻|马上|直接|给我|帮我|帮忙|我要|我想|我就要|要|想|可以|可不可以|能不能|可唔可以|唔该|拜托"
    r"|那就|那|你)*)"
)
_END = r"(?:吧|啊|呀|啦|了|嘛|好吗|行吗|可以吗|得唔得|行不行|可以不|谢谢|唔该|吗|呢|哈|喽|咯|噻|撒|嘅){0,3}"
_PEOPLE = r"(?:真人|活人|活的|大活人|工作人员|人工客服|真人客服|客服|人工|人工服务|职员|人手)"
_SOMEBODY = r"(?:个|位|一个|一位|只)?(?:真人|活人|活的|人|工作人员|会说话的|能听懂的|听得懂的|负责的|管事的)"
_BOT = r"(?:你)?(?:这个|呢个|个|这|一个)?(?:破|死|烂|鬼|傻)?(?:机器人|机器|机械人|电脑|程序|小邻|ai|人工智能)"
#: nothing else than a person can be meant
_PLAIN = re.compile(
    rf"{_PLEASE}(?:转接?|接|找|搵|叫|喊|要|换|联系|接通|连线|转到|转去)(?:一?下|个|位|一个|一位|返)?{_PEOPLE}"
    rf"(?:来|服务|接听|处理|回复|跟我说|同我讲|讲|说|聊|倾)?{_END}"
    rf"|(?:人工|人工客服|人工服务|真人客服|转人工客服){_END}"
    rf"|(?:我要|我想要|我就要|要|想要|请|快|给我)+(?:人工|人工客服|人工服务|真人|活人|真人客服|客服){_END}"
    rf"|{_PLEASE}(?:(?:别|不要|唔好|莫|唔想|不想|我不想|我不|不)(?:再)?(?:跟|和|同|让|用|拿|畀|得)?(?:我)?(?:跟|和|同)?{_BOT}"
    rf"(?:说话?|讲话?|聊|谈|倾|回|回答|扯|磨叽|应付我|敷衍我|糊弄我)?(?:了)?)+(?:找|叫|换|我要|要|喊|搵)?(?:{_SOMEBODY})?"
    rf"(?:来|说|讲|聊)?{_END}"
)
#: said to the bot they mean the same; among neighbours they may mean a plumber
_SAID_TO_BOT = re.compile(
    rf"{_PLEASE}(?:找|搵|叫|喊|换|派|来|让)(?:{_SOMEBODY})(?:来|过来|出来|跟我|和我|同我|同我哋|给我|畀我)?"
    rf"(?:说话?|讲话?|聊聊?|谈谈?|听|倾|回话|接|处理|说清楚)?{_END}"
    rf"|{_PLEASE}(?:跟|和|同)(?:真人|活人|人|工作人员)(?:说话?|讲话?|聊聊?|谈谈?|倾偈|倾){_END}"
    rf"|(?:有没有|有冇|有无|有)(?:真人|活人|人工|客服|工作人员)(?:在|吗|啊|呀)*{_END}"
)
_YOU = (
    r"(?:你(?!们|地|哋|家)(?:这个|呢个|个|这)?|小邻(?:你)?(?:这个|个)?"
    r"|(?:这个|呢个|个|这|什么)?(?:破|死|烂|鬼)?(?:机器人|机械人)(?:你)?)"
)
_BAD = (
    r"(?:蠢|笨|傻|智障|弱智|脑残|白痴|垃圾|废物|没用|冇用|有毛病|有病|差劲|烦人|烦死(?:人|了)?|讨厌|不靠谱|什么东西|乜嘢嚟"
    r"|什么玩意儿?|什么都不懂|什么都不会|啥都不会|乜都唔识|就会(?:说)?(?:废话|这几句)|只会(?:说)?(?:废话|这几句))"
)
_ANGRY = re.compile(
    rf"{_YOU}(?:真(?:是|系|的)?|太|好|咁|这么|怎么这么|点解咁|简直|就是|就系|是|系|也太|实在|到底|是不是|系咪|个|破|烂|死)*{_BAD}"
    rf"|人工智障|智障机器人|(?:破|烂|死|傻|蠢|垃圾|废物|没用的?|狗屁)(?:ai)?(?:机器人|机械人|玩意儿?)"
    rf"|^(?:你)?(?:听|看)(?:不|唔)(?:懂|明|明白)(?:人话|中文|我说(?:的)?话)|^(?:你)?(?:说|讲)(?:的)?(?:什么|乜|啥)?(?:屁话|鬼话|狗屁)"
    rf"|^(?:你)?(?:给我)?(?:闭嘴|收声|滚|滚开|滚蛋|滚远点|走开|收皮啦?|去死)(?:吧|啊|啦)?(?:机器人|小邻)?$"
    rf"|^(?:废物|智障|蠢货|蠢材|白痴|弱智|没用的东西|废柴)(?:东西)?$|气死我了.{{0,6}}(?:机器人|小邻)"
)
#: somebody or something else is scolded
_ANOTHER = re.compile(
    r"物业|邻居|楼上|楼下|隔壁|对门|保安|门卫|他|她|它|老公|老婆|孩子|小孩|熊孩子|开发商|师傅|维修|管家|业委会|居委|社区|网格|街道"
    r"|警察|派出所|狗|猫|车|电梯|快递|外卖|装修|租客|房东|业主|老头|老太|那家|那户|这家|这户|你们|领导|骗子|垃圾(?:桶|站|房|车|袋|没|堆|满|清|分类|还|是|都|太多)"
)
_JEST = re.compile(r"哈哈|嘻嘻|嘿嘿|呵呵|开玩笑|逗你|😂|🤣|😄|😆|\[捂脸\]|\[偷笑\]|\[呲牙\]|可爱")


def person_word(text: str) -> str:
    """ "plain": surely a person; "loose": a person, if it was said to the bot; "anger" at the bot; "" for neither."""
    if not text or len(text) > 2 * LONGEST_ANGER:
        return ""
    folded = fold(_MENTION.sub(" ", text))
    said = _NOISE.sub("", folded)
    if not said:
        return ""
    if len(said) <= LONGEST_WISH:
        if _PLAIN.fullmatch(said):
            return "plain"
        if _SAID_TO_BOT.fullmatch(said):
            return "loose"
    if len(said) <= LONGEST_ANGER and not _ANOTHER.search(said) and not _JEST.search(folded) and _ANGRY.search(said):
        return "anger"
    return ""
