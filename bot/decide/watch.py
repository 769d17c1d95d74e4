"""A neighbour who has not been seen, said by anyone: whom it is about is found by the room. Cheap words first."""

from __future__ import annotations

import re

from actions.watch.commands import AnswerEve, AnswerWatch, AskWatch, GoAndLook, SayWorry, TellFound
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.opening import open_ticket
from bot.messages import ChatKind
from nlu.model.folding import fold
from nlu.model.script import to_simplified

SERVICE = "care/visit"
LONGEST = 60  # characters; a story is no worry
#: one of these is in every worry, in either script; looked for in every message
_HINT = re.compile("[没沒不未]|守望")
_WHO = re.compile(
    r"奶奶|爷爷|大爷|大妈|大娘|大伯|阿婆|阿公|婆婆|公公|伯伯|老伯|伯母|姥姥|姥爷|阿姨|老人|老太|老爷子|老头|独居|老两口"
    r"|(?:隔壁|对门|楼上|楼下|邻居)(?:家)?(?:的)?(?:老|小)[\u4e00-\u9fff]|[\u4e00-\u9fff]老师傅"
)
_OWN = re.compile(r"(?:我|咱|我们|你|他|她)(?:家)?(?:的)?(?:奶奶|爷爷|姥姥|姥爷|外婆|外公|婆婆|公公)")
_DAYS = r"(?:[一两二三四五几\d]|好几|好多)(?:天|日|个?星期|周)"
_SIGN = re.compile(
    rf"{_DAYS}(?:都|也)?(?:没有?|未)(?:看|瞧|碰)?(?:见|到|出|下|开|露|动|来|有人|看)"
    r"|(?:今天|今早|早上|上午|中午|到现在|现在|一整天|一天|一直|昨天)(?:都|也|还|到现在)*(?:没有?|未)(?:人)?开(?:过)?门"
    r"|敲(?:了)?(?:半天|好久|几次)?(?:他|她)?(?:家)?门?.{0,4}(?:没人|没有人|不|没)(?:应|开|答|吱声|反应|理)"
    r"|(?:电话|手机)(?:一直|都|也|打了|几个|好几个|总){1,3}.{0,4}(?:没人接|不接|没接|打不通)"
    r"|(?:一直|怎么都|怎么也)(?:联系不上|没(?:有)?动静|没露面)|(?:家里|屋里)(?:一点|半点)(?:声音|动静)(?:都|也)没"
    r"|(?:牛奶|报纸|饭)(?:都|还|也|在门口)*(?:两天|几天)没(?:拿|动|取|收)"
)
_NOT = re.compile(
    r"店|铺|超市|快递|外卖|包裹|物流|猫|狗|鸟|宠物|银行|医院|诊所|药房|食堂|理发|网点|营业|菜场|市场|直播|电视剧|小说|群里|微信"
    r"|如果|要是|万一|假如|原来|后来|找到了|回来了|没事|平安|旅游|出差|回老家|去(?:儿子|女儿)家|麻将|跳舞|吵|装修|漏水"
)
_GRAVE = re.compile(
    r"倒|没气|断气|血|晕|昏|抽搐|救命|叫不醒|喊不醒|没反应|臭|味|烟|火|摔|呻吟|哼|喊叫|跳楼|躺|趴在?地|瘫|喘"
    r"|(?:动|起)不了|爬?不起来|拍(?:门|窗|玻璃)|挥手|求救"
)
_MEMBERS = re.compile(r"守望(?:相助)?(?:小?组|队)?(?:里)?(?:都)?(?:有|是)?(?:谁|哪些人|哪几个|哪几位|几个人)")


def decide_watch(case: Case) -> Decision | None:
    """A worry goes to the group, else becomes a ticket; plain danger is left to its own rule."""
    message = case.message
    if message.button or len(message.text) > LONGEST or _HINT.search(message.text) is None:
        return None
    if message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE) or case.understanding.danger is not None:
        return None
    if message.mentions_others and not message.addressed:
        return None
    text = to_simplified(fold(message.text))
    if "守望" in text:
        return _who(case, text)
    if not is_worry(text):
        return None
    worry = SayWorry(message.community_id, message.resident_id, message.text, f"said:{message.id}")
    return Run(worry, otherwise=open_ticket(case, SERVICE))


def is_worry(text: str) -> bool:
    """Whether simplified, folded words say that an elder or a neighbour has not been seen, and nothing graver."""
    named = _WHO.search(text) is not None and _OWN.search(text) is None
    return named and _SIGN.search(text) is not None and _NOT.search(text) is None and _GRAVE.search(text) is None


def _who(case: Case, text: str) -> Decision | None:
    message = case.message
    if _MEMBERS.search(text) is None or not (message.addressed or "我" in text or "咱" in text):
        return None
    ask = AskWatch(message.community_id, message.resident_id, message.addressed)
    return Run(ask, tentative=not message.addressed)


def decide_press(case: Case, rest: str) -> Decision:
    """A button of the watch; the room asks whose it is to press."""
    what, _, number = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    which, who = int(number), case.message.resident_id
    match what:
        case "yes" | "no":
            return Run(AnswerWatch(which, who, what == "yes"))
        case "go":
            return Run(GoAndLook(which, who))
        case "well" | "help":
            return Run(TellFound(which, who, what == "well"))
        case "eve_well" | "eve_help":
            return Run(AnswerEve(which, who, what == "eve_well"))
        case _:
            return Ignore("unknown_button")
