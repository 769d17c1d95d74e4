""" "我属于哪个社区？谁是我的网格员？": answered from the home, or from the building that is named."""

from __future__ import annotations

import re

from actions.people.commands import AskBelonging
from bot.decide.decision import Case, Decision, Run, Say
from bot.messages import ChatKind
from nlu.model.folding import fold

KIND = "belonging"  # of the open question for the building
LONGEST = 40  # characters
_CHEAP = (
    "网格",
    "网格",
    "網格",
    "属于",
    "屬於",
    "归哪",
    "歸哪",
    "哪个社区",
    "哪個社區",
    "管家",
    "什么社区",
    "居委会管",
)
_WHO = r"(?:谁|哪位|哪个人|什么人|叫什么(?:名字)?|叫啥)"
_HOME = r"(?:我们?|咱们?|我们?家|咱们?家|本人|[\w#-]{1,8}[栋幢座楼](?:的人|的)?)"
_PERSON = r"(?:网格员|网格长|楼管家|管家|物业管家|片区网格员)"
_HOW = (
    r"(?:的?(?:联系|工作)?(?:电话|方式|联系方式|号码|手机)是?(?:多少|几多|什么|啥|有吗)?"
    r"|怎么联系|怎么找|咋联系|在哪)"
)
_ASKS = re.compile(
    rf"(?:请问|想问下?|问一下|麻烦问下?)?[,，]?(?:"
    rf"{_HOME}(?:这边|这里|这儿|家|楼|这栋)?(?:属于|是|归|算)(?:哪个|哪一个|什么|哪)(?:个)?(?:社区|网格|居委会?|街道)(?:的|管)?"
    rf"|{_WHO}(?:是|系){_HOME}(?:这边|这里|家|楼|这栋|这片)?的?{_PERSON}"
    rf"|{_HOME}?(?:这边|这里|家|楼|这栋|这片)?的?{_PERSON}(?:是|系)?{_WHO}"
    rf"|{_HOME}?(?:这边|这里|家|楼|这栋|这片)?的?{_PERSON}{_HOW}"
    rf"|{_HOME}(?:这边|这里|家|楼|这栋|这片)?(?:归|属于?|由)(?:谁|哪个网格员|哪个社区|哪个网格|哪个居委会)(?:来)?管?"
    rf")[啊呀呢吗嘛的]*"
)
_JOINT = re.compile(r"[?？。.!！,，;；\s]+")
_CALLED = re.compile(r"@?小[邻鄰隣]")


def decide_belonging(case: Case) -> Decision | None:
    """A question that is all about this; said by nobody to the bot it is answered in private."""
    message, text = case.message, case.message.text
    if len(text) > LONGEST or not any(word in text for word in _CHEAP):
        return None
    if message.button or message.mentions_others or message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE):
        return None
    parts = [part for part in _JOINT.split(_CALLED.sub("", fold(text))) if part]
    if not parts or not all(_ASKS.fullmatch(part) for part in parts):
        return None
    building = case.understanding.where.building
    if not building and not case.surroundings.home.building:
        return Say("belonging.where.ask") if message.addressed else Run(_order(case, ""))
    return Run(_order(case, building))


def decide_building(case: Case) -> Decision | None:
    """The building that was asked for."""
    question = case.conversation.open_question(case.now)
    building = case.understanding.where.building
    if question is None or question.kind != KIND or not building or not case.understanding.place_only:
        return None
    return Run(_order(case, building))


def _order(case: Case, building: str) -> AskBelonging:
    message = case.message
    in_group = message.chat_kind is ChatKind.GROUP
    return AskBelonging(message.community_id, message.resident_id, building[:16], in_group, message.addressed)
