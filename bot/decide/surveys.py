"""Surveys in the chat: asking for one, answering its questions one by one in private, wanting no reminders."""

from __future__ import annotations

import re

from actions.surveys.commands import AnswerTalk, SetReminders, StartTalk, StopTalk
from bot.conversations import CORRECTIONS_FOR, Surveying
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.messages import ChatKind
from nlu.model.folding import fold

LONGEST_ORDER, LONGEST_WORD = 30, 500
_START = re.compile(
    r"(?:我(?:要|想)?|帮我|现在|继续|接着)*(?:填|答|做|开始|参加|填写)(?:一?下|一份|个)?(?:社区)?(?:问卷|调查|有奖问答|问答|答题)(?:吧|调查)?"
)
_HOW = re.compile(
    r"(?:社区|这个|那个)?(?:问卷|调查问卷)(?:要|应该|该)?(?:怎么|如何|咋|在哪(?:里|儿)?|到哪(?:里|儿)?|去哪(?:里|儿)?)(?:能|可以)?(?:填写?|答|做|找)?的?(?:呀|啊|呢)?"
    r"|(?:现在|最近)?有(?:什么|哪些|啥)(?:社区)?问卷(?:要填|可以填|没填)?(?:的)?(?:吗)?|(?:问卷|调查)(?:的)?链接(?:在哪(?:里|儿)?|呢|发我|发一下)?"
)
_QUIET = re.compile(
    r"(?:别|不要|不用|不想)(?:再)?(?:给我|跟我)?(?:发|推|收到?)?(?:再)?(?:提醒我?)?(?:填|答|做)?(?:社区)?(?:问卷|调查)(?:了|的?提醒)?|(?:别|不要|不用)(?:再)?提醒我(?:填|答|做)(?:问卷|调查)(?:了)?"
)
_LOUD = re.compile(r"(?:可以|恢复|继续|重新)(?:再)?(?:提醒|发|给我发)?我?(?:填|答)?(?:问卷|调查)(?:的?提醒)?")
_STOP = re.compile(r"(?:先)?(?:不填|不答|停下?|等会儿?(?:再)?(?:填|答)?|以后再(?:填|答)|退出)(?:了|吧)?(?:问卷)?")
_CHEAP = ("问卷", "問卷", "调查", "調查", "问答", "問答", "答题", "答題")
_EDGES = " \t\n，,。.！!？?~～"
_CALLED = re.compile(r"@?小[邻鄰隣]")


def decide_survey(case: Case) -> Decision | None:
    """Words about surveys, and in private the answer to the question that was asked. Never where danger is plain."""
    message = case.message
    if message.addressed and len(message.text) <= LONGEST_ORDER and (order := _ordered(case)) is not None:
        return order
    surveying = case.conversation.surveying_now(case.now)
    if message.chat_kind is not ChatKind.PRIVATE or surveying is None or message.quoted is not None:
        return None
    return None if _burns(case, surveying) else _answered(case, surveying.survey_id)


def _ordered(case: Case) -> Decision | None:
    """ "我要填问卷", "别提醒我填问卷"."""
    text = case.message.text
    if not any(word in text for word in _CHEAP):
        return None
    said = _CALLED.sub("", fold(text)).strip(_EDGES)
    if _QUIET.fullmatch(said) or _LOUD.fullmatch(said):
        return Run(SetReminders(case.message.resident_id, wanted=_LOUD.fullmatch(said) is not None))
    return Run(_start(case, None)) if _START.fullmatch(said) or _HOW.fullmatch(said) else None


def _burns(case: Case, surveying: Surveying) -> bool:
    """Since the last question an alarm was raised: what is said belongs to that until the survey is taken up again."""
    matter = case.conversation.matter_within(case.now, CORRECTIONS_FOR)
    return matter is not None and matter.service.startswith("emergency/") and matter.last_at >= surveying.since


def _start(case: Case, survey_id: int | None) -> StartTalk:
    message = case.message
    return StartTalk(message.community_id, message.resident_id, survey_id, message.chat_kind is not ChatKind.PRIVATE)


def _answered(case: Case, survey_id: int) -> Decision | None:
    """What is said next is the answer, unless it is something that somebody has to come for or a long story."""
    message, understanding = case.message, case.understanding
    said = fold(message.text).strip(_EDGES)
    if not said or message.pictures or understanding.danger or len(said) > LONGEST_WORD:
        return None
    if _STOP.fullmatch(said):
        return Run(StopTalk(survey_id, message.resident_id))
    cue = understanding.cue
    if cue is not None and cue.kind in {"my_tickets", "ticket_ref", "urge", "help", "person"}:
        return None
    return Run(AnswerTalk(survey_id, message.resident_id, message.text.strip(), plain=fold(message.text)))


def decide_press(case: Case, rest: str) -> Decision:
    """A button of a survey; the room asks what is allowed."""
    what, _, value = rest.partition(":")
    message = case.message
    if what == "a":
        survey, _, value = value.partition(":")
        key, _, answer = value.partition(":")
        if _is_number(survey) and 0 < len(key) <= 16:
            return Run(AnswerTalk(int(survey), message.resident_id, key=key, value=answer[:8]))
        return Ignore("unknown_button")
    if what == "start" and _is_number(value):
        return Run(_start(case, int(value)))
    if what == "stop" and _is_number(value):
        return Run(StopTalk(int(value), message.resident_id))
    return Ignore("unknown_button")


def decide_page(case: Case, path: str) -> Decision:
    """A link to a page pressed where there are no pages: the questions are asked in private instead."""
    number = path.removeprefix("/surveys/")
    return Run(_start(case, int(number))) if _is_number(number) else Ignore("unknown_button")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16
