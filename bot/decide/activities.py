"""Activities in the chat: signing up, leaving, asking, checking in. Which one is meant is found by the room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.activities.commands import (
    AskActivities,
    CheckIn,
    DraftActivity,
    JoinRelay,
    LeaveActivity,
    Party,
    SettleDraft,
    SignUp,
    Which,
)
from actions.tickets.commands import OpenTicket
from bot.decide.activity_forms import details_from
from bot.decide.days import read_days
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.notice import read_notice
from bot.decide.party import changes_number, guest_not_coming, is_relay, read_party, read_relay, relay_head
from bot.decide.shifts import leaving
from bot.messages import ChatKind, Message
from nlu.model.folding import fold

SIGNUP, CANCEL, INQUIRY = "activity/signup", "activity/cancel", "activity/inquiry"
SERVICES = frozenset({SIGNUP, CANCEL, INQUIRY})
_INTENTS = {"activity_signup": SIGNUP, "activity_cancel": CANCEL, "activity_inquiry": INQUIRY}
_CHECK_IN = re.compile(
    r"\s*(?:@小邻|小邻)?\s*(?:我要?)?(?:签到|簽到|打卡)(?:码|碼)?\s*[::,,]?\s*(?P<code>\d{4})[!!。.\s]*"
)
_STATE_OF_OWN = re.compile(
    r"我(?:们)?(?:报(?:上|名)?(?:了|成功)?(?:没有?|吗|没)|报名(?:了|成功了?)吗|排(?:到)?第?几|排到(?:了|哪)[吗没]?)"
)
_PROPOSES = re.compile(
    r"\s*(?:@?小邻)?[\s,]*(?:我们?)?(?:想|要|打算)?(?:发起|组织|举办|办|搞)(?:一?[个场次])?活动(?:通知)?[\s:,.;!]+(?P<notice>\S.{5,})",
    re.DOTALL,
)
_NEEDED = {"title": "title", "time": "starts", "place": "place", "capacity": "capacity"}
#: what may be about anything, but right after an activity was announced is about that
_ME_TOO = re.compile(r"\s*(?:\+\s?1|加一|加1|算我一个|算上我|我也(?:去|要|参加|报名?))[!!。.~\s]*")
_MOST = 2  # digits of a number in a button


def order(case: Case, service: str, otherwise: OpenTicket) -> Run:
    """What a sign-up, a cancellation or a question asks of the room; where nothing fits, a person is asked."""
    text = otherwise.text
    if service == SIGNUP and is_relay(text):
        return Run(_relay(case, text), otherwise=otherwise)
    if service == CANCEL and not changes_number(text):
        message = case.message
        guest = guest_not_coming(text)
        leave = LeaveActivity(message.community_id, message.resident_id, which_of(case, text), guest)
        return Run(leave, instead=Run(leaving(case), otherwise=otherwise))
    if service == INQUIRY:
        return Run(_ask(case, text), otherwise=otherwise)
    return Run(_sign_up(case, text), otherwise=otherwise)


def decide_activity(case: Case) -> Decision | None:
    """What needs no model: the code at the door, an answer to an activity's card, "+1" right after it."""
    message = case.message
    if message.mentions_others or not message.text.strip() or message.chat_kind is ChatKind.STAFF:
        return None
    text = fold(message.text)
    if (found := _CHECK_IN.fullmatch(text)) is not None:
        return Run(CheckIn(message.community_id, message.resident_id, found["code"]))
    if is_proposal(message) and (proposed := _PROPOSES.fullmatch(text)) is not None:
        return Run(_draft(case, message.text[proposed.start("notice") :]))
    if _on_card(case) is not None:
        return _quoted(case)
    if _STATE_OF_OWN.search(text) is not None and message.addressed:
        return Run(replace(_ask(case, message.text), own=True))
    if _ME_TOO.fullmatch(text) is not None and message.quoted is None and not message.addressed:
        return Run(_sign_up(case, message.text, tentative=True), tentative=True)
    return None


def is_proposal(message: Message) -> bool:
    """ "@小邻 发起活动：" and a notice."""
    return message.addressed and _PROPOSES.fullmatch(fold(message.text)) is not None


def _draft(case: Case, notice: str) -> DraftActivity:
    """What was read of a notice, or what it lacks."""
    found, message = read_notice(notice, case.now), case.message
    lacks = tuple(name for name, field in _NEEDED.items() if not found.get(field))
    details = None if lacks else details_from(found)
    return DraftActivity(message.community_id, message.resident_id, details, lacks)


def _on_card(case: Case) -> int | None:
    quoted = case.message.quoted
    return quoted.activity_id if quoted is not None else None


def _quoted(case: Case) -> Decision | None:
    """Said in reply to what the bot said of an activity."""
    message, text = case.message, case.message.text
    if read_relay(text):
        return Run(_relay(case, text))
    service = _INTENTS.get(case.understanding.intent) if case.sure else None
    if _ME_TOO.fullmatch(fold(text)) is not None:
        service = SIGNUP
    if service == CANCEL and not changes_number(text):
        guest = guest_not_coming(text)
        return Run(LeaveActivity(message.community_id, message.resident_id, which_of(case, text), guest))
    if service == SIGNUP or (service == CANCEL and changes_number(text)):
        return Run(_sign_up(case, text))
    if service == INQUIRY or _STATE_OF_OWN.search(fold(text)) is not None:
        return Run(_ask(case, text))
    return None


def _sign_up(case: Case, text: str, *, tentative: bool = False) -> SignUp:
    message = case.message
    party = Party() if tentative else read_party(text)
    return SignUp(message.community_id, message.resident_id, which_of(case, text), party, tentative)


def _relay(case: Case, text: str) -> JoinRelay:
    which = which_of(case, text)
    if which.activity_id is None:
        which = replace(which, name=relay_head(text))
    return JoinRelay(case.message.community_id, case.message.resident_id, read_relay(text), which)


def _ask(case: Case, text: str) -> AskActivities:
    return AskActivities(case.message.community_id, case.message.resident_id, which_of(case, text))


def which_of(case: Case, text: str) -> Which:
    """What was said of which activity: its card, its name, its day."""
    activity_id = _on_card(case)
    if activity_id is not None:
        return Which(activity_id)
    own_words = text == case.message.text
    name = case.understanding.entities.get("activity", "") if own_words else ""
    return Which(name=fold(name), text=fold(text)[:400], days=read_days(text, case.now))


def decide_press(case: Case, rest: str) -> Decision:
    """A button of an activity; the room asks again what is allowed."""
    what, _, value = rest.partition(":")
    number, _, packed = value.partition(":")
    if not _is_number(number, 15):
        return Ignore("unknown_button")
    community, resident, which = case.message.community_id, case.message.resident_id, Which(int(number))
    match what:
        case "join":
            return Run(SignUp(community, resident, which, _unpacked(packed.split(":"))))
        case "leave":
            return Run(LeaveActivity(community, resident, which))
        case "ask":
            return Run(AskActivities(community, resident, which))
        case "propose" | "drop":
            return Run(SettleDraft(int(number), resident, well=what == "propose"))
        case _:
            return Ignore("unknown_button")


def _unpacked(parts: Sequence[str]) -> Party:
    """The party that a button was made for; what is no party is the presser alone."""
    if len(parts) != 4 or not (_is_number(parts[1], _MOST) and (not parts[0] or _is_number(parts[0], 7))):
        return Party()
    total = int(parts[0]) if parts[0] else None
    guests = tuple(guest for guest in parts[3].split("、") if guest)
    return Party(total, int(parts[1]), parts[2] == "1", guests)


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= most
