"""What the conversation remembers after a decision was carried out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actions.handoffs.commands import AskHandoff, HearHandoff
from actions.people.commands import AskBelonging
from actions.surveys.commands import AnswerTalk, StartTalk, StopTalk
from actions.tickets.commands import (
    AddToTicket,
    CorrectTicket,
    FollowReported,
    Move,
    MoveTicket,
    OpenTicket,
    PartReport,
    Where,
)
from actions.tickets.work_commands import WorkOn
from actions.tips.commands import AddToTip, LeaveTip
from bot.conversations import (
    QUESTION_OPEN_FOR,
    Confiding,
    Conversation,
    Fragment,
    Matter,
    OpenQuestion,
    Surveying,
)
from bot.decide.belonging import KIND as BELONGING
from bot.decide.decision import Ask, Case, Decision, HandOff, Ignore, Run, Say
from bot.decide.opening import asked_beside
from bot.decide.services import emergency_service


@dataclass(frozen=True, slots=True)
class Opened:
    """What carrying out told us: the ticket, and whether its place is still asked for."""

    ticket_id: int
    asks_place: bool = False
    confidential: bool = False
    asks: str = ""  # what a member of staff does with it, once they have said how
    tip_id: int | None = None  # sealed instead: what follows goes into that case
    survey_id: int | None = None  # of a survey that is answered in the chat; ``surveying``: it goes on
    surveying: bool = False


def remember(case: Case, decision: Decision, opened: Opened | None) -> Conversation:
    """The conversation as it stands after this message."""
    conversation = replace(case.conversation, script=case.understanding.script)
    match decision:
        case Ask():
            return _asked(case, conversation, decision)
        case Say(misunderstood=True):
            return _misunderstood(case, replace(conversation, question=None))
        case Run(otherwise=OpenTicket() as command) if opened is not None:  # nothing fitted: a person is asked
            return _ran(case, replace(conversation, misunderstood=0), command, opened)
        case Run(command) | HandOff(command):
            return _ran(case, replace(conversation, misunderstood=0), command, opened)
        case Say(phrase="belonging.where.ask"):
            question = OpenQuestion(BELONGING, case.now + QUESTION_OPEN_FOR)
            return replace(conversation, question=question, misunderstood=0)
        case Say(phrase="tips.say_it"):
            return replace(conversation, question=None, confiding=Confiding(None, case.now))
        case Say(phrase="tips.go_on", params=params):
            return replace(conversation, question=None, confiding=Confiding(params["tip_id"], case.now))
        case Say(phrase="tips.done"):
            return replace(conversation, confiding=None)
        case Ignore("to_others"):
            return conversation
        case Ignore() | Say():
            return _loose(case, conversation)


def _asked(case: Case, conversation: Conversation, decision: Ask) -> Conversation:
    message = case.message
    question = OpenQuestion(
        kind="choice",
        expires_at=case.now + QUESTION_OPEN_FOR,
        options=decision.options,
        text=message.text,
        message_id=message.id,
        pictures=message.pictures,
        where=case.understanding.where,
    )
    return replace(conversation, question=question)


def _ran(case: Case, conversation: Conversation, command: object, opened: Opened | None) -> Conversation:
    match command:
        case OpenTicket() if opened is not None:
            return _opened(case, conversation, command, opened)
        case FollowReported(own=OpenTicket() as own) if opened is not None:
            return _opened(case, conversation, own, opened)
        case PartReport() if opened is not None:
            matter = conversation.matter
            service = matter.service if matter is not None else ""
            return replace(conversation, question=None, matter=Matter(opened.ticket_id, service, case.now))
        case CorrectTicket() if opened is not None:  # the report had joined another's ticket and was parted
            matter = _touched(conversation, now=case, where=command.where)
            return replace(conversation, question=None, matter=matter and replace(matter, ticket_id=opened.ticket_id))
        case CorrectTicket():
            where = command.where or case.surroundings.home
            return replace(conversation, question=None, matter=_touched(conversation, now=case, where=where))
        case AddToTicket(emergency=emergency):
            touched = _touched(conversation, now=case, where=case.understanding.where)
            if touched is not None and emergency:
                touched = replace(touched, service=emergency_service(emergency))
            return replace(conversation, matter=touched)
        case MoveTicket(move=Move.WITHDRAW):
            conversation = replace(conversation, question=None, matter=None)
            cue = case.understanding.cue
            return _misunderstood(case, conversation) if cue is not None and cue.kind == "not_this" else conversation
        case WorkOn():
            return replace(conversation, question=_work_question(case, opened))
        case AskBelonging():
            return replace(conversation, question=None)
        case StartTalk() | AnswerTalk() | StopTalk():
            return replace(conversation, question=None, surveying=_surveying(case, opened))
        case AskHandoff():
            conversation = replace(conversation, surveying=None)
            return _left_to_a_person(replace(conversation, confiding=None, misunderstood_at=None))
        case HearHandoff():
            return _left_to_a_person(conversation)
        case LeaveTip() | AddToTip():
            return _sealed(case, conversation, opened.tip_id if opened else None)
        case _:
            return conversation


def _surveying(case: Case, opened: Opened | None) -> Surveying | None:
    if opened is None or opened.survey_id is None or not opened.surveying:
        return None
    return Surveying(opened.survey_id, case.now)


def _left_to_a_person(conversation: Conversation) -> Conversation:
    """Nothing is asked or awaited any more, but where it burns."""
    matter = conversation.matter
    if matter is not None and matter.service.startswith("emergency/"):
        return conversation
    return replace(conversation, question=None, matter=None, fragments=())


def _misunderstood(case: Case, conversation: Conversation) -> Conversation:
    lately = conversation.misunderstood if conversation.misunderstood_lately(case.now) else 0
    return replace(conversation, misunderstood=lately + 1, misunderstood_at=case.now)


def _sealed(case: Case, conversation: Conversation, tip_id: int | None) -> Conversation:
    """Nothing of what was said is remembered, only that it goes on."""
    confiding = Confiding(tip_id, case.now) if tip_id is not None else None  # refused: nothing goes on
    return replace(conversation, question=None, matter=None, fragments=(), confiding=confiding)


def _opened(case: Case, conversation: Conversation, command: OpenTicket, opened: Opened) -> Conversation:
    question = asked_beside(case)
    if opened.asks_place:
        question = _place_question(case, opened, question)
    matter = Matter(opened.ticket_id, command.service, case.now, command.where)
    return replace(conversation, question=question, matter=matter, fragments=())


def _work_question(case: Case, opened: Opened | None) -> OpenQuestion | None:
    """How it was handled, why it goes back: what is said next says so."""
    if opened is None or not opened.asks:
        return None
    expires_at = case.now + QUESTION_OPEN_FOR
    return OpenQuestion("work", expires_at, ticket_id=opened.ticket_id, options=(opened.asks,))


def _touched(conversation: Conversation, *, now: Case, where: Where) -> Matter | None:
    matter = conversation.matter
    return None if matter is None else replace(matter, last_at=now.now, where=where or matter.where)


def _place_question(case: Case, opened: Opened, before: OpenQuestion | None) -> OpenQuestion:
    """One question for all matters of a message that lack a place."""
    if before is not None:
        return replace(before, also=(*before.also, opened.ticket_id))
    expires_at = case.now + QUESTION_OPEN_FOR
    return OpenQuestion("place", expires_at, ticket_id=opened.ticket_id, message_id=case.message.id)


def _loose(case: Case, conversation: Conversation) -> Conversation:
    """Keep a picture or a bare place for the words that may follow within three minutes."""
    message, understanding = case.message, case.understanding
    chatter = understanding.intent in {"chitchat", "greet_help"} and not understanding.place_only
    where = Where() if chatter else understanding.where
    if not message.pictures and not where:
        return conversation
    return conversation.with_fragment(Fragment(case.now, message.pictures, where, message.id), case.now)
