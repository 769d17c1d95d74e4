"""The review queue: what comes in, what never does, what an admin makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.teaching.commands import DecideReview, UndoReview
from actions.teaching.model import Origin, Reason, ReviewItem
from actions.teaching.reviewing import MOST_OPEN, Doubt, keep_doubt
from actions.tickets.commands import Actor, CorrectTicket, Move, MoveTicket, OpenTicket
from actions.tickets.model import Ticket
from bot.conversations import Conversation
from bot.decide.decision import Answer, Ask, Case, Decision, Ignore, Say, Surroundings, Thresholds
from bot.decide.policy import decide
from bot.messages import ChatKind, Message
from bot.storage.tables import InboxRow
from bot.teaching.intake import label_of
from bot.teaching.queries import count_review, list_review
from bot.understanding import Understanding
from tests.support.classroom import Classroom, open_classroom
from tests.support.postgres import own_postgres
from tests.support.world import START

DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@asynccontextmanager
async def classroom_on(database: str, folder: Path) -> AsyncIterator[Classroom]:
    if database == "sqlite":
        async with open_classroom(folder) as room:
            yield room
    else:
        async with own_postgres() as url, open_classroom(folder, url) as room:
            yield room


async def items(room: Classroom, state: str = "open") -> list[ReviewItem]:
    async with room.world.parts.db.read() as session:
        return list((await list_review(session, room.world.community_id, state=state)).rows)


def understood(text: str, **more: Any) -> Understanding:
    """As the model might: unsure between a repair and chatter."""
    ranking = (("service_request", 0.5), ("chitchat", 0.42), ("consult", 0.08))
    values = {"category": "elevator", "category_confidence": 0.9, "ranking": ranking, **more}
    return Understanding(text=text, intent=values.pop("intent", "service_request"), confidence=0.5, **values)


async def pass_by(room: Classroom, understanding: Understanding, decision: Decision, **more: Any) -> None:
    """Let the intake look at one handled message."""
    world = room.world
    message = Message(
        id=1, community_id=world.community_id, chat_id=world.groups["东区群"], chat_kind=ChatKind.GROUP,
        resident_id=world.residents["王阿姨"], nickname="王阿姨", text=understanding.text, sent_at=START,
    )  # fmt: skip
    message = replace(message, **more)
    case = Case(message, understanding, Conversation(), Surroundings(), START)
    async with world.parts.db.write() as session:
        await world.parts.intake.after_decision(session, case, decision)


@DATABASES
async def test_unsure_messages_come_in_anonymous_and_once(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        ask = Ask("ask.which", ("service_request/elevator", "consult"), ())
        await pass_by(room, understood("小陈说3栋302的电梯又不对劲，打13912345678"), ask)
        await pass_by(room, understood("小陈说3栋302的电梯又不对劲了，打13912345678"), ask)
        labels = (("service_request/elevator", 0.45), ("safety_tip/facility_hazard", 0.1), ("consult", 0.08))
        await pass_by(room, understood("门夹了一下说是感应不灵", likeliest=labels), ask)
        await pass_by(room, understood("说不清楚的一句话"), Say("fallback.not_understood", misunderstood=True))
        await pass_by(room, understood("电梯它又那样了唉"), Ignore("chatter"))

        first, *others = await items(room)
        [told] = [item for item in others if item.text.startswith("门夹")]
        assert told.ranking == {"service_request/elevator": 0.5, "safety_tip/facility_hazard": 0.1, "consult": 0.08}
        assert (first.text, first.seen) == ("邻居说3栋101的电梯又不对劲，打13900000000", 2)
        assert (first.reason, first.decision) == (Reason.ASKED_BACK, "ask:ask.which")
        assert first.ranking == {"service_request/elevator": 0.5, "chitchat": 0.42, "consult": 0.08}
        assert sorted(item.reason for item in others) == [Reason.ASKED_BACK, Reason.ASKED_BACK, Reason.UNSURE]


async def test_what_may_be_a_confidence_never_comes_in(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        tip = (("service_request", 0.5), ("safety_tip", 0.2), ("chitchat", 0.3))
        silent = Ignore("chatter")
        await pass_by(room, understood("四楼天天有人进进出出", ranking=tip), silent)
        offered = Ask("ask.which", ("safety_tip/fraud", "consult"), ())
        await pass_by(room, understood("那家店在骗老人买东西"), offered)
        home = understood("他天天在家里打人骂人", intent="dispute", category="family")
        await pass_by(room, home, Ask("ask.which", ("consult",), ()))
        for text in ("嗯", "", "长" * 201):
            await pass_by(room, understood(text), silent)
        await pass_by(room, understood("员工自己说的一句话"), silent, chat_kind=ChatKind.STAFF)
        chatter = understood("今天天气真好呀", intent="chitchat", ranking=(("chitchat", 0.5),))
        await pass_by(room, chatter, silent)
        assert await items(room) == []


@DATABASES
async def test_what_staff_change_or_return_comes_in_with_what_they_did(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        ticket_id = await open_as_bot(room, "楼下小店半夜还在放音响", "service_request/elevator")
        staff = Actor("staff", room.world.staff["钱主任"])
        await room.do(CorrectTicket(ticket_id, staff, service="service_request/elevator"))
        assert await items(room) == []  # what the bot thought
        await room.do(CorrectTicket(ticket_id, staff, service="dispute/business_nuisance"))
        (item,) = await items(room)
        assert (item.reason, item.ticket_id) == (Reason.STAFF_CHANGED, ticket_id)
        assert (item.intent, item.category) == ("service_request", "elevator")
        assert (item.staff_intent, item.staff_category) == ("dispute", "business_nuisance")

        other = await open_as_bot(room, "健身器材的螺丝松了", "service_request/elevator")
        await room.do(MoveTicket(other, Move.RETURN, staff, text="不归我们"))
        secret = await open_as_bot(room, "他们在屋里赌博收钱", "safety_tip/public_order")
        await room.do(MoveTicket(secret, Move.RETURN, staff, text="不归我们"))
        await room.do(CorrectTicket(other, staff, service="safety_tip/fraud"))  # confidential from now on
        reasons = [(item.reason, item.text) for item in await items(room)]
        assert sorted(reasons) == [
            (Reason.RETURNED, "健身器材的螺丝松了"),
            (Reason.STAFF_CHANGED, "楼下小店半夜还在放音响"),
        ]


async def open_as_bot(room: Classroom, text: str, service: str) -> int:
    world = room.world
    guess = {"intent": "service_request", "category": "elevator", "confidence": 0.7, "ranking": [["consult", 0.1]]}
    resident = Actor("resident", world.residents["王阿姨"], "王阿姨")
    command = OpenTicket(
        world.community_id, service, text, resident, chat_id=world.groups["东区群"], understanding=guess
    )
    return int((await room.do(command)).ticket_id)


async def test_a_message_the_bot_passed_over_comes_in_when_staff_open_a_ticket_from_it(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        world = room.world
        line = await world.say("老李", "这月亮门老是卡住")
        await world.settle()
        async with world.parts.db.write() as session:
            row = (await session.scalars(select(InboxRow).where(InboxRow.message_id == line))).one()
            row.decision = "ignore:chatter"
            row.understanding = {"intent": "chitchat", "confidence": 0.6, "ranking": [["chitchat", 0.6]]}
        before = len(await items(room))
        command = OpenTicket(
            world.community_id, "service_request/public_facility", "这月亮门老是卡住",
            Actor("staff", world.staff["钱主任"]), message_id=line, in_group=False,
        )  # fmt: skip
        await room.do(command)

        found = [item for item in await items(room) if item.reason == Reason.STAFF_OPENED]
        assert len(await items(room)) >= before
        assert [(i.text, i.staff_intent, i.staff_category) for i in found] == [
            ("这月亮门老是卡住", "service_request", "public_facility")
        ]


async def test_not_this_brings_back_what_the_ticket_was_opened_from(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        world = room.world
        await world.say("王阿姨", "@小邻 3栋2单元的电梯坏了，快来修", at_bot=True)
        await world.settle()
        async with world.parts.db.read() as session:
            ticket = (await session.scalars(select(Ticket))).one()
        await world.say("王阿姨", "不是这个意思", at_bot=True)
        await world.settle()

        found = [(i.reason, i.ticket_id) for i in await items(room) if i.ticket_id is not None]
        assert found == [(Reason.NOT_THIS, ticket.id)]


@DATABASES
async def test_an_admin_confirms_corrects_ignores_and_takes_it_back(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        for text in ("电梯它又那样了唉", "月亮门老是卡住", "路灯像鬼火一样"):
            await pass_by(room, understood(text), Ignore("chatter"))
        by_text = {item.text: item.id for item in await items(room)}
        lift, gate, lamp = (by_text[t] for t in ("电梯它又那样了唉", "月亮门老是卡住", "路灯像鬼火一样"))

        await room.do(DecideReview(room.admin, lift, "confirm"))
        await room.do(DecideReview(room.admin, gate, "correct", "service_request", "public_facility"))
        await room.do(DecideReview(room.second, lamp, "ignore"))
        made = await room.examples(origin=Origin.REVIEW)
        assert sorted((e.plain, e.label) for e in made) == [
            ("月亮门老是卡住", "service_request/public_facility"),
            ("电梯它又那样了唉", "service_request/elevator"),
        ]
        assert await room.refused(DecideReview(room.second, lift, "ignore")) == "error.faster"
        assert await room.refused(DecideReview(room.second, 10**9, "ignore")) == "taught.error.no_item"
        async with room.world.parts.db.read() as session:
            counts = await count_review(session, room.world.community_id)
        assert counts == {"confirmed": 1, "corrected": 1, "ignored": 1}

        await pass_by(room, understood("电梯它又那样了唉"), Ignore("chatter"))
        assert await items(room) == []  # somebody has decided on it
        await room.do(UndoReview(room.admin, lift))
        assert [item.text for item in await items(room)] == ["电梯它又那样了唉"]
        assert [e.plain for e in await room.examples(origin=Origin.REVIEW)] == ["月亮门老是卡住"]
        better = DecideReview(room.admin, lift, "correct", "chitchat", text="电梯又那样了")
        assert (await room.do(better)).added == 1


async def test_what_is_known_already_is_settled_without_a_second_example(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        await room.add("电梯它又那样了唉", intent="service_request", category="elevator")
        await pass_by(room, understood("电梯它又那样了唉"), Ignore("chatter"))
        (item,) = await items(room)
        changed = await room.do(DecideReview(room.admin, item.id, "confirm"))
        assert (changed.added, len(changed.skipped)) == (0, 1)
        await room.do(UndoReview(room.admin, item.id))
        assert await room.find("电梯它又那样了唉") is not None


async def test_the_queue_never_grows_beyond_what_people_can_work_through(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        async with room.world.parts.db.write() as session:
            for number in range(MOST_OPEN + 5):
                doubt = Doubt(room.world.community_id, f"第{number}句", Reason.UNSURE, "consult")
                await keep_doubt(session, doubt, START)
        async with room.world.parts.db.read() as session:
            texts = set(await session.scalars(select(ReviewItem.text)))
        assert len(texts) == MOST_OPEN
        assert "第4句" not in texts
        assert f"第{MOST_OPEN + 4}句" in texts


@pytest.mark.parametrize(
    ("service", "label"),
    [
        ("service_request/elevator", ("service_request", "elevator")),
        ("activity/signup", ("activity_signup", "")),
        ("points", ("points_inquiry", "")),
        ("handoff", ("human_handoff", "")),
        ("emergency/fire", ("emergency", "")),
        ("other", ("", "")),
    ],
)
def test_a_service_stands_for_a_label(service: str, label: tuple[str, str]) -> None:
    assert label_of(service) == label


@pytest.mark.parametrize(
    ("confidence", "addressed", "unasked", "said"),
    [
        (0.9, True, False, True),
        (0.9, False, False, False),
        (0.9, False, True, True),
        (0.7, False, True, False),
        (0.7, True, False, True),
        (0.5, True, False, False),
    ],
)
def test_an_added_intent_is_answered_when_the_bot_is_sure_and_asked(
    confidence: float, addressed: bool, unasked: bool, said: bool
) -> None:
    text = "今天食堂吃什么"
    understanding = Understanding(text, "own_61", confidence, ranking=(("own_61", confidence), ("consult", 0.1)))
    message = Message(1, 1, 1, ChatKind.GROUP, 1, "王阿姨", text, START, mentions_bot=addressed)
    answers = {"own_61": Answer("看{食堂}门口", unasked)}
    surroundings = Surroundings(thresholds=Thresholds(), answers=answers)
    decision = decide(Case(message, understanding, Conversation(), surroundings, START))

    answered = Say("taught.answer", {"text": "看{食堂}门口"})
    assert (decision == answered) is said
