"""Thanks and praise for a neighbour, the answer whether it may be told, and "网传…是真的吗"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions.bulletins.commands import AnswerConsent, AnswerPicture, AskRumour, NameDeed, TellDeed, WithdrawDeed
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.opening import give_feedback
from bot.messages import ChatKind
from nlu.model.numerals import parse_numeral
from nlu.model.script import to_simplified

_SAYS_THANKS = ("谢", "扬", "赞", "多亏", "夸", "謝", "揚", "讚", "贊", "誇")  # a cheap look at any message
_NUMBER = r"\d{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z]"
_WHO = (
    rf"(?P<who>(?:(?P<building>{_NUMBER})(?:号楼|栋楼|栋|楼|幢|座)(?:\d{{1,2}}单元)?(?:\d{{3,4}}[室房号]?)?(?:的|那位)?)?"
    r"(?:(?:隔壁|楼上|楼下|对门|对面|同楼|同单元|咱们?楼)(?:的|那位)?)?(?P<name>[\w·]{1,10}?))"
)
_DOES = (
    r"(?:昨[天晚]|今[天早]|前[天几]|上[周次]|刚[才刚]|那天|每天|天天|一直|总是|经常|主动|又|还|特地|特意|冒雨|大半夜|半夜|两次|多次|及时|热心|自己|义务|悄悄)*"
    r"(?:帮|替|给|把|为|陪|送|扶|捡|拾|照[顾看]|打?扫|清[理扫]|救|背|抱|搬|提|拎|还[给回]|让|带|接|教|借|收留|看着|疏通|修)"
)
_THANKS = re.compile(
    r"(?:感谢|谢谢|多谢|谢过|表扬|多亏(?:了)?|夸夸|夸一?夸|要夸|点赞)(?:一下|下|了)?(?:我们|咱们)?(?:家)?" + _WHO
    + rf"(?=(?:[，,、！! ]*|能|们)?{_DOES}|[，,！!、])(?P<deed>.{{3,}})",
    re.DOTALL,
)  # fmt: skip
_PRAISES = re.compile(r"(?:给|为)" + _WHO + r"点个?(?:大)?赞(?P<deed>.{4,})", re.DOTALL)
_NOBODY = re.compile(
    r"^(?:大家|各位|你们?|您|他们?|她们?|我们?|咱们?|小邻|群主|所有人|社区|邻居们|大伙|谁|那个|这个|一下|[啊呀啦了哈哦噢]+$)|物业|师傅|保安|保洁|网格|民警|警官|警察|居委"
    r"|社工|医生|护士|快递|外卖|骑手|主任|书记|管家|客服|工作人员|维修|志愿队|街道"
)
_ASKS = re.compile(r"[?？]|吗|怎么|能不能|可不可以|谁能|帮忙问")
_CHILD = re.compile(r"小朋友|孩子|小孩|男孩|女孩|男生|女生|小学生|中学生|小同学|同学|宝宝|小宝|娃|红领巾|少先队")
_HELPS_CHILD = re.compile(r"(?:我们?|咱们?|他|她)?家?(?:的)?(?:小朋友|孩子|小孩|宝宝|小宝|娃)")
_NAME = re.compile(r"(?:我的)?(?:姓名|名字|本名|真名)(?:是|叫|就?用|写)?[:： ]*(?P<name>[\w·]{1,17})[。.!！]?")
LONGEST = 300  # characters; a longer text is a story for staff

_HEARSAY = (
    *(
        "网传",
        "网上",
        "听说",
        "据说",
        "有人说",
        "有人传",
        "群里传",
        "在传",
        "朋友圈",
        "抖音",
        "传言",
        "谣",
        "真的",
        "属实",
        "真假",
    ),
    *("網傳", "網上", "聽說", "據說", "有人說", "有人傳", "群裡傳", "在傳", "傳言", "謠", "屬實"),
)
_IS_IT_TRUE = re.compile(
    r"(?:网[上络]?[传说]|网上|听说|据说|有人[说传]|群里[说传]|都?在传|朋友圈|抖音|传言|谣传|说是).{2,80}?"
    r"(?:是?真的?[吗嘛么]|真的?假的?|真假|属实|有没有(?:这|那)|有这?回?事|是不是真|是不是谣|是谣言|可信|靠谱)"
    r"|.{3,80}(?:是真的还是假的|是不是谣言|是谣言[吗嘛么]|是真是假|属实[吗嘛么])",
    re.DOTALL,
)


def decide_deed(case: Case) -> Decision | None:
    """Praise for a neighbour, said to the bot or surely said as praise into the round."""
    message, understanding = case.message, case.understanding
    if not any(word in message.text for word in _SAYS_THANKS) and not _may_be_name(case):
        return None
    if message.button or message.quoted is not None or understanding.danger or len(message.text) > LONGEST:
        return None
    if message.chat_kind is ChatKind.PRIVATE and (named := _NAME.fullmatch(to_simplified(message.text.strip()))):
        return Run(NameDeed(message.community_id, message.resident_id, named["name"]))
    surely = understanding.intent == "feedback" and understanding.confidence >= case.surroundings.thresholds.unasked
    if message.mentions_others or not (message.addressed or surely):
        return None
    command = read_deed(case)
    return Run(command, otherwise=give_feedback(case)) if command is not None else None


def _may_be_name(case: Case) -> bool:
    return case.message.chat_kind is ChatKind.PRIVATE and "名" in case.message.text


def read_deed(case: Case) -> TellDeed | None:
    """Who is praised, by the text as it was written; None where it is staff, everybody, or a question."""
    message = case.message
    text = case.understanding.text or message.text
    plain = to_simplified(text)
    found = _THANKS.search(plain) or _PRAISES.search(plain)
    if found is None or _NOBODY.search(found["name"]) or _ASKS.search(plain) or not found["name"].strip():
        return None
    written = text if len(text) == len(plain) else plain  # the places of one are those of the other
    who, name = (written[slice(*found.span(group))] for group in ("who", "name"))
    number = parse_numeral(found["building"]) if found["building"] else None
    building = str(number) if number else (found["building"] or "").upper()
    child = _CHILD.search(found["who"]) or _CHILD.search(_HELPS_CHILD.sub("", found["deed"]))
    return TellDeed(
        message.community_id,
        message.resident_id,
        written,
        who[:32],
        tuple(dict.fromkeys((found["name"], name))),
        f"said:{message.id}",
        building,
        child is not None,
    )


def read_rumour(case: Case) -> AskRumour | None:
    """ "网传…是真的吗": a question whether something is true that goes round."""
    message = case.message
    if not any(word in message.text for word in _HEARSAY) or message.button or len(message.text) > LONGEST:
        return None
    text = to_simplified(case.understanding.text or message.text)
    if message.mentions_others or case.understanding.danger or _IS_IT_TRUE.search(text) is None:
        return None
    return AskRumour(message.community_id, text)


def decide_deed_button(case: Case, rest: str) -> Decision:
    """A button of this room, pressed in private; the handlers ask whether it is theirs to press."""
    what, *parts = rest.split(":")
    build = _BUTTONS.get(what)
    fits = build is not None and len(parts) == build[0] and all(_is_number(part) for part in parts)
    if build is None or not fits or case.message.chat_kind is not ChatKind.PRIVATE:
        return Ignore("unknown_button")
    return Run(build[1](case.message.resident_id, *(int(part) for part in parts)))


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 16


def _consent(answer: str) -> tuple[int, Callable[..., Any]]:
    return 2, lambda who, deed, round_: AnswerConsent(deed, who, answer, round_)


_BUTTONS: dict[str, tuple[int, Callable[..., Any]]] = {
    **{answer: _consent(answer) for answer in ("name", "nick", "anon", "no", "other")},
    "back": (1, lambda who, deed: WithdrawDeed(deed, resident_id=who)),
    "show": (1, lambda who, picture: AnswerPicture(picture, who, True)),
    "hide": (1, lambda who, picture: AnswerPicture(picture, who, False)),
}
