"""What answers one message that speaks of several things."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.messages import OutgoingButton, OutgoingMessage
from bot.outbox import Outgoing, in_one
from bot.storage.tables import Chat

GROUP, STAFF = Chat(id=1, kind="group"), Chat(id=2, kind="staff")
NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
THANKS = OutgoingMessage(1, "谢谢您，已转给工作人员。", to_resident_id=7, reply_to_id=9, due_at=NOW)
LIGHT = replace(
    THANKS,
    text="收到，用电照明已登记。",
    card={"ref": "0001"},
    buttons=(OutgoingButton("就是我家这栋", "place:home:1"),),
    extra={"ticket_id": 1},
)
LIFT = replace(THANKS, text="收到，电梯故障已登记。", card={"ref": "0002"}, extra={"ticket_id": 2})
TOLD = OutgoingMessage(2, "新工单", due_at=NOW)


def answered(*messages: OutgoingMessage) -> list[OutgoingMessage]:
    outgoing = [Outgoing(m, STAFF if m.chat_id == STAFF.id else GROUP, m.reply_to_id) for m in messages]
    return [one.message for one in in_one(outgoing)]


def test_words_of_thanks_and_a_card_are_one_answer_that_can_be_quoted_for_the_ticket() -> None:
    for order in ((THANKS, TOLD, LIGHT), (LIGHT, TOLD, THANKS)):
        (answer, told) = answered(*order)
        assert answer.text == f"{order[0].text}\n{order[2].text}"
        assert (answer.card, answer.extra, answer.buttons) == (LIGHT.card, LIGHT.extra, LIGHT.buttons)
        assert told == TOLD


def test_two_tickets_keep_a_card_each() -> None:
    assert answered(LIGHT, LIFT) == [LIGHT, LIFT]


def test_what_is_urgent_or_said_to_others_stands_alone() -> None:
    urgent, private = replace(THANKS, urgent=True), replace(THANKS, chat_id=3, to_resident_id=None)
    late = replace(THANKS, due_at=datetime(2026, 11, 19, tzinfo=UTC))
    for other in (urgent, private, late, TOLD, replace(THANKS, effect_key="once"), replace(THANKS, staff_id=4)):
        assert answered(LIGHT, other) == [LIGHT, other]
