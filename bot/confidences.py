"""What was said in confidence: the private chat knows of it, and its lines are emptied where they were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.commands import Cast, CastVote
from actions.inserting import replace_row
from actions.outcome import Outcome
from actions.people.home_commands import UseCode, VoidCode
from actions.tips.commands import AddToTip, LeaveTip
from bot.conversations import Conversation
from bot.decide.decision import Case, Decision, Run
from bot.messages import ChatKind
from bot.phrases import Phrases
from bot.storage.chats import ChatBook
from bot.storage.tables import ChatMessage, ConversationRow, InboxRow

SEALED_LINE = "tips.line_sealed"  # stands in a private chat in place of the words
VOTE_LINE = "ballot.line_sealed"  # in place of a secret vote
CODE_LINE = "home.line_code"  # in place of an invitation code


@dataclass(frozen=True, slots=True)
class Hushed:
    """A line whose words lie sealed elsewhere. In a group it looks as if it had been taken back."""

    message_id: int
    chat_id: int
    resident_id: int
    in_group: bool
    phrase: str = SEALED_LINE


async def carry_to_private(session: AsyncSession, case: Case, conversation: Conversation) -> None:
    """Let the private chat know the matter and the open question of a confidence made in a group."""
    message = case.message
    if message.chat_kind is not ChatKind.GROUP:
        return
    chat = await ChatBook().get_private(session, message.resident_id, message.community_id, case.now)
    known = Conversation(
        conversation.question, conversation.matter, script=conversation.script, confiding=conversation.confiding
    )
    row = {
        "chat_id": chat.id,
        "resident_id": message.resident_id,
        "community_id": message.community_id,
        "state": known.as_json(),
        "updated_at": case.now,
    }
    await replace_row(session, ConversationRow, row, ("chat_id", "resident_id"))


def hushed_lines(case: Case, decision: Decision) -> list[Hushed]:
    """The lines that a sealed message was said in."""
    if not isinstance(decision, Run) or not isinstance(decision.command, LeaveTip | AddToTip):
        return []
    message, in_group = case.message, case.message.chat_kind is ChatKind.GROUP
    ids = decision.command.message_ids
    return [Hushed(line_id, message.chat_id, message.resident_id, in_group) for line_id in ids]


def code_lines(case: Case, decision: Decision, outcome: Outcome) -> list[Hushed]:
    """The line that a household's code or a secret vote stood in: it is kept nowhere in words."""
    if not isinstance(decision, Run) or outcome.value is None:
        return []
    message = case.message
    if isinstance(decision.command, CastVote):
        hush = isinstance(outcome.value, Cast) and outcome.value.hush
        in_group = message.chat_kind is ChatKind.GROUP
        return [Hushed(message.id, message.chat_id, message.resident_id, in_group, VOTE_LINE)] if hush else []
    if isinstance(decision.command, UseCode):
        return [Hushed(message.id, message.chat_id, message.resident_id, False, CODE_LINE)]
    if isinstance(decision.command, VoidCode):
        return [Hushed(message.id, message.chat_id, message.resident_id, True)]
    return []


def confided_pictures(decision: Decision) -> tuple[str, ...]:
    """The pictures of a sealed message."""
    if isinstance(decision, Run) and isinstance(decision.command, LeaveTip | AddToTip):
        return decision.command.pictures
    return ()


async def empty_lines(session: AsyncSession, hushed: Sequence[Hushed], phrases: Phrases, now: datetime) -> None:
    """Take out words, pictures and what was understood of them, in the transaction that sealed them."""
    for line in hushed:
        theirs = (ChatMessage.id == line.message_id, ChatMessage.resident_id == line.resident_id)
        plain = {"text": "", "recalled_at": now} if line.in_group else {"text": phrases.render(line.phrase)}
        gone = {"pictures": [], "button": None, "mentions": [], **plain}
        await session.execute(update(ChatMessage).where(*theirs).values(**gone))
        await session.execute(update(InboxRow).where(InboxRow.message_id == line.message_id).values(understanding={}))
