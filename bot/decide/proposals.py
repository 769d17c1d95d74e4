"""Proposals in the chat: putting one forward, supporting one, arguing in reply to its card, asking how it stands."""

from __future__ import annotations

import re

from actions.proposals.commands import (
    AddArgument,
    DraftProposal,
    LeaveProposal,
    Meant,
    MuteProposals,
    ProposeFromTicket,
    SettleProposal,
    ShowProposals,
    SupportProposal,
)
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.messages import ChatKind, Message
from nlu.model.folding import fold
from nlu.model.script import to_simplified

_CALL = r"\s*(?:@?小邻)?[\s,:]*"
_MATTER = r"(?:提案|议题|议案)"
_BACKS = r"(?:支持|附议|赞成)"
_PROPOSES = re.compile(
    rf"{_CALL}(?:我们?)?(?:也)?(?:想|要|打算|来)?(?:发起|提交|提出|提|写)(?:一?[个份件条])?(?:新的?)?{_MATTER}"
    r"[\s:,.;!]+(?P<text>\S.{3,})",
    re.DOTALL,
)
_ASKS = re.compile(
    rf"{_CALL}(?:我们?的|看看|查看?|查一下|现在)?(?:有(?:哪些|什么))?{_MATTER}"
    r"(?:列表|进展|进度|怎么样了?|到哪(?:一步)?了|有哪些)?[?!。.\s]*"
)
_OWN = re.compile(rf"{_CALL}(?:看看|查)?(?:我们?的|我提的|我附议的)(?:那个)?{_MATTER}.{{0,8}}")
#: words of support at the head of a few words: "+1支持装充电桩", "我家也支持加装电梯"
_SUPPORTS = re.compile(
    rf"{_CALL}(?:\+\s?1|加1|加一)?[\s,]*(?:我(?:们|家|们家)?)?(?:也|都|全家)?(?:非常|坚决|完全|举双手)?{_BACKS}"
    r"(?P<what>.{0,30}?)[!。.~\s]*"
)
_PLUS = re.compile(rf"(?:\+\s?1|加1|加一|顶|{_BACKS}|同意|算我一个)[!。.~\s\d+]*")
_LEAVES = re.compile(rf"{_CALL}(?:我)?(?:撤回|取消|收回)(?:我的)?(?:附议|支持)(?P<what>.{{0,30}}?)[!。.\s]*")
_NO_SUPPORT = re.compile(
    r"[?吗么]|支持(?:微信|支付|退|快|不了|人脸|一下|我家|我的|他|她|你|老板|生意)|不支持|不赞成|谁支持"
)
_AGAINST = re.compile(
    r"反对|不(?:太|怎么)?(?:同意|赞成|支持|建议|应该|合适|方便|划算)|没(?:有)?必要|别(?:装|建|搞|弄)"
    r"|不要(?:装|建|搞|弄)|担心|怕"
)
_QUESTION = re.compile(
    r"[?？]|[吗呢么]\s*$|多少钱|谁(?:出|来|管|负责)|怎么(?:办|收|分|装|算)|会不会|能不能|是不是|有没有"
)
_FOR = re.compile(rf"{_BACKS}|同意|早(?:就|该)|应该|需要|好事|方便|太好了|必须|盼")
_IDEA = re.compile(r"建议|可以(?:先|考虑|把|在)|不如|最好|要不|希望")
_HOW_FAR = re.compile(r"(?:现在)?(?:进展|进度)?(?:怎么样了?|到哪(?:一步)?了|如何)?(?:进展|进度)?[?!。\s]*")
_STOPS = re.compile(
    r"(?:别|不要|不用|不想)(?:再)?(?:给我|跟我|私下)?(?:再)?(?:发|说|推|告诉我?|通知我?)(?:这个|这些|提案)?"
    r"(?:的)?(?:提案|进展|消息)?"
)
_HANDS_IN = re.compile(
    r"(?:好的?|行|可以|嗯|对)?[\s,。]*(?:就)?(?:这样|这么)?(?:写)?[\s,]*提交(?:吧|了|一下)?[!。.\s]*"
)
_DROPS = re.compile(r"(?:算了|还是)?[\s,]*(?:先)?(?:不提了|不提交了?|别提交了?)[!。.\s]*")
_WHERE = (  # pages of the house that are asked for by name
    (
        "convention",
        re.compile(
            rf"{_CALL}(?:我们)?(?:社区|小区|居民)?公约(?:在哪|怎么看|有哪些|有什么|是什么|内容|写了|都?有啥|呢).{{0,8}}"
        ),
    ),
    ("index", re.compile(rf"{_CALL}(?:我们|咱们)?(?:社区|小区)?协商指数(?:是|有|在哪|怎么|多少|高|呢).{{0,8}}")),
    (
        "community",
        re.compile(
            rf"{_CALL}(?:我们|咱们)?社区(?:最近|这个?月|本月)?(?:都)?(?:办[好成]了|办了|议定了|定了)(?:什么|哪些|啥).{{0,6}}"
        ),
    ),
)
_BARE = ("提案", "议题", "议案")
LONGEST_SUPPORT = 40
_HERE = (ChatKind.GROUP, ChatKind.PRIVATE)


#: a danger that is feared, not one that is there
_FEARED = re.compile(
    r"(?:怕|担心|万一|防止|避免|容易|预防|引起|引发)[^,。!?]{0,4}(?:着火|起火|失火|火灾|爆炸|触电|漏电)(?!了|啦)"
)
_IN_EARNEST = re.compile(r"救命|快来|119|110|120|正在|冒烟|已经|!!")


def decide_feared(case: Case) -> Decision | None:
    """ "我反对，怕着火" in reply to a proposal's card is an argument; anything more is heard as danger."""
    quoted, message = case.message.quoted, case.message
    if quoted is None or quoted.proposal_id is None or not case.understanding.danger or message.button:
        return None
    text = fold(to_simplified(message.text))
    if _FEARED.search(text) is None or _IN_EARNEST.search(text) is not None:
        return None
    return _in_reply(case, quoted.proposal_id)


def decide_proposal(case: Case) -> Decision | None:
    """Rules with a cheap look at the words first; what is said to other people is left alone."""
    message = case.message
    if message.button or message.chat_kind not in _HERE or case.understanding.danger or message.mentions_others:
        return None
    quoted = message.quoted
    if quoted is not None and quoted.proposal_id is not None:
        return _in_reply(case, quoted.proposal_id)
    if quoted is not None and not quoted.from_bot:
        return None
    text = fold(to_simplified(message.text))
    if message.addressed and any(word in text for word in _BARE):
        return _addressed(case, text)
    if message.addressed and (page := _page_asked(text)):
        return Say(f"proposal.where.{page}")
    if len(text) <= LONGEST_SUPPORT and ("支持" in text or "附议" in text or "赞成" in text):
        return _support(case, text)
    return None


def _page_asked(text: str) -> str:
    if len(text) > LONGEST_SUPPORT or not any(word in text for word in ("公约", "指数", "社区")):
        return ""
    return next((name for name, asked in _WHERE if asked.fullmatch(text) is not None), "")


def read_settling(case: Case) -> SettleProposal | None:
    """ "好的，提交" in place of the button; where nothing was read back, the words mean something else."""
    message = case.message
    if message.button or message.chat_kind is not ChatKind.PRIVATE or message.quoted is not None:
        return None
    text = fold(to_simplified(message.text))
    hands_in = _HANDS_IN.fullmatch(text) is not None
    if not hands_in and _DROPS.fullmatch(text) is None:
        return None
    return SettleProposal(None, message.resident_id, hands_in)


def puts_forward(message: Message) -> bool:
    """ "我想发起一个提案：" and what it is: read as one, however many things it speaks of."""
    if not message.addressed or not any(word in message.text for word in ("提案", "议题", "议案", "議題", "議案")):
        return False
    return _PROPOSES.fullmatch(fold(to_simplified(message.text))) is not None


def _addressed(case: Case, text: str) -> Decision | None:
    message = case.message
    here, who = message.community_id, message.resident_id
    found = _PROPOSES.fullmatch(text)
    if found is not None:  # kept in one script, so that neighbours of both find it
        return Run(DraftProposal(here, who, to_simplified(message.text)[found.start("text") :]))
    if _OWN.fullmatch(text) is not None:
        return Run(ShowProposals(here, who, own=True, in_group=message.chat_kind is ChatKind.GROUP))
    if _ASKS.fullmatch(text) is not None:
        return Run(ShowProposals(here, who))
    if _LEAVES.fullmatch(text) is not None:
        return _support(case, text)
    return _support(case, text) if len(text) <= LONGEST_SUPPORT else None


def _support(case: Case, text: str) -> Decision | None:
    """Only what names something; which proposal that is, the room finds, and where none fits nobody is bothered."""
    message = case.message
    leaving = _LEAVES.fullmatch(text)
    if leaving is not None:
        which = Meant(text=leaving["what"])
        return Run(LeaveProposal(message.community_id, message.resident_id, which), tentative=True)
    found = _SUPPORTS.fullmatch(text)
    if found is None or len(found["what"].strip()) < 2 or _NO_SUPPORT.search(text) is not None:
        return None
    which = Meant(text=found["what"])
    return Run(SupportProposal(message.community_id, message.resident_id, which), tentative=True)


def _in_reply(case: Case, proposal_id: int) -> Decision | None:
    """Said in reply to what the bot said of a proposal: support, a question how it stands, or an argument."""
    message, text = case.message, fold(to_simplified(case.message.text)).strip()
    here, who, which = message.community_id, message.resident_id, Meant(proposal_id)
    if not any(c.isalnum() or c == "+" for c in text):
        return Ignore("nothing_said")
    if _LEAVES.fullmatch(text) is not None:
        return Run(LeaveProposal(here, who, which))
    if _STOPS.fullmatch(text) is not None:
        return Run(MuteProposals(here, who, proposal_id))
    if _PLUS.fullmatch(text) is not None or (_SUPPORTS.fullmatch(text) is not None and len(text) <= 8):
        return Run(SupportProposal(here, who, which))
    if _HOW_FAR.fullmatch(text) is not None:
        return Run(ShowProposals(here, who, which))
    source = f"line:{message.id}"
    return Run(AddArgument(here, who, proposal_id, stance_of(text), message.text, source), quiet=True)


def stance_of(text: str) -> str:
    """For, against, a question, or an idea of how; in doubt an idea, which takes no side."""
    if _AGAINST.search(text) is not None:
        return "against"
    if _QUESTION.search(text) is not None:
        return "question"
    if _IDEA.search(text) is not None:
        return "idea"
    return "for" if _FOR.search(text) is not None else "idea"


def decide_proposal_press(case: Case, rest: str) -> Decision:
    """A button of a proposal; the room asks again what is allowed."""
    what, _, value = rest.partition(":")
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        return Ignore("unknown_button")
    here, who, number = case.message.community_id, case.message.resident_id, int(value)
    match what:
        case "from":
            return Run(ProposeFromTicket(here, who, number))
        case "hand" | "drop":
            return Run(SettleProposal(number, who, well=what == "hand"))
        case "support" | "join":
            return Run(SupportProposal(here, who, Meant(number)))
        case "leave":
            return Run(LeaveProposal(here, who, Meant(number)))
        case "show" | "look":
            return Run(ShowProposals(here, who, Meant(number)))
        case "mute" | "again":
            return Run(MuteProposals(here, who, number or None, muted=what == "mute"))
        case _:
            return Ignore("unknown_button")
