"""The tips room: sealing, reading, moving, coming back with number and passphrase, reminding, keys that fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.catalogue import build_catalogue
from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import Audience, Outcome
from actions.people.model import Role
from actions.tips.access import READERS
from actions.tips.commands import (
    AddToTip,
    LeaveTip,
    ListOwnTips,
    MoveTip,
    Opening,
    ReadTip,
    RemindTip,
    TipMove,
    VisitOwnTip,
    VisitTip,
)
from actions.tips.model import Tip, TipEntry, TipReading, TipState
from actions.tips.moving import TABLE, allowed_moves
from actions.tips.passing import LOCKED_FOR, MOST_WRONG, has_passphrase, make_passphrase
from actions.tips.reading import REASONS
from actions.tips.reminding import MOST_REMINDERS, due_tips
from actions.tips.sealing import TipKeyUnavailable
from bot.sealing import FILE, KeySeals
from bot.settings import Settings
from tests.support.desk import Desk, phrases_of, words

SECRET = "501那家半夜往下水道倒机油"
PASS = "3817 2905 6641"


@dataclass
class Room:
    """The desk with a key of its own, and short ways to ask."""

    desk: Desk
    var: Path

    def __post_init__(self) -> None:
        self.seals = KeySeals(Settings(var=self.var))

    async def do(self, command: Any) -> Outcome:
        handler = build_catalogue(self.desk.rules, seals=self.seals)[type(command)]
        outcome = await handler(self.desk.session, command, self.desk.now)
        for reply in outcome.replies:
            said = words(reply)
            assert SECRET not in said
        return outcome

    async def leave(self, text: str = SECRET, who: str = "amei", **more: Any) -> Tip:
        more.setdefault("reporter_id", (await self.desk.resident_row(who)).id)
        more.setdefault("where", {"building": "3", "unit": "2", "room": "501"})
        command = LeaveTip(await self.desk.community_id(), "safety_tip/public_order", text, **more)
        return await self.tip((await self.do(command)).value.tip_id)

    async def send_form(self, text: str = SECRET, number: str = "n1", passphrase: str = PASS) -> Tip:
        return await self.leave(text, reporter_id=None, form_key=number, passphrase=passphrase)

    async def tip(self, tip_id: int) -> Tip:
        query = select(Tip).where(Tip.id == tip_id).execution_options(populate_existing=True)
        return (await self.desk.session.scalars(query)).one()

    async def read(
        self, tip: Tip, role: str = Role.POLICE, what: Opening = Opening.CONTENT, why: str = "handle"
    ) -> Any:
        return (await self.do(ReadTip(tip.id, (await self.desk.staff_row(role)).id, what, why))).value

    async def move(self, tip: Tip, move: TipMove, role: str = Role.POLICE, **more: str) -> Outcome:
        more.setdefault("text", "已经去看过")
        return await self.do(MoveTip(tip.id, (await self.desk.staff_row(role)).id, move, **more))

    async def entries(self, tip: Tip) -> list[TipEntry]:
        return list(await self.desk.session.scalars(select(TipEntry).where(TipEntry.tip_id == tip.id)))

    async def visit(self, tip: Tip, passphrase: str = PASS, text: str = "") -> Any:
        return (await self.do(VisitTip(tip.ref, passphrase, text))).value


@pytest.fixture
def room(desk: Desk, tmp_path: Path) -> Room:
    return Room(desk, tmp_path / "var")


async def test_a_tip_is_sealed_and_its_words_are_in_no_answer(room: Room) -> None:
    amei = await room.desk.resident_row("amei")
    command = LeaveTip(
        await room.desk.community_id(), "safety_tip/fraud", SECRET, reporter_id=amei.id, in_group=True, message_ids=(7,)
    )
    outcome = await room.do(command)
    assert phrases_of(outcome) == ["tips.noted_privately", "tips.received", "staff.new_tip"]
    assert [reply.to for reply in outcome.replies] == [Audience.HERE, Audience.PRIVATE, Audience.STAFF]
    tip = await room.tip(outcome.value.tip_id)
    assert (tip.state, tip.source, tip.unread_since) == (TipState.RECEIVED, "chat", room.desk.now)
    sealed = (await room.entries(tip))[0].sealed
    assert SECRET.encode() not in sealed
    assert oct((room.var / FILE).stat().st_mode & 0o777) == "0o600"


async def test_reading_is_written_down_and_opens_everything_in_order(room: Room) -> None:
    tip = await room.leave(images=("aGk=",))
    case = await room.read(tip)
    assert [(e.kind, e.words["text"], e.words["place"]) for e in case.entries] == [("said", SECRET, "3栋2单元501室")]
    assert case.entries[0].words["pictures"] == ["aGk="]
    readings = list(await room.desk.session.scalars(select(TipReading)))
    assert [(r.what, r.reason, r.role, r.at) for r in readings] == [("content", "handle", "police", room.desk.now)]
    tip = await room.tip(tip.id)
    assert (tip.state, tip.unread_since, tip.remind_at) == (TipState.READ, None, None)


async def test_who_said_it_is_opened_by_itself(room: Room) -> None:
    tip = await room.leave()
    case = await room.read(tip, what=Opening.REPORTER)
    assert (case.entries, case.reporter) == ((), {"name": "amei", "home": "3栋2单元501室"})
    assert (await room.tip(tip.id)).state == TipState.RECEIVED  # its content was not read yet
    anonymous = await room.send_form()
    assert (await room.read(anonymous, what=Opening.REPORTER)).reporter == {"name": "", "home": ""}


@pytest.mark.parametrize("role", [role for role in Role if role not in READERS])
async def test_no_other_role_opens_or_moves_anything(room: Room, role: Role) -> None:
    tip = await room.leave()
    await room.read(tip)
    for what in Opening:
        with pytest.raises(NotFound):
            await room.read(tip, role, what)
    for move in TipMove:
        with pytest.raises(NotFound):
            await room.move(tip, move, role)
    assert len(list(await room.desk.session.scalars(select(TipReading)))) == 1


async def test_without_a_reason_of_the_list_nothing_opens(room: Room) -> None:
    tip = await room.leave()
    for why in ("", "看看", SECRET):
        with pytest.raises(InvalidInput):
            await room.read(tip, why=why)
    assert list(await room.desk.session.scalars(select(TipReading))) == []
    assert "handle" in REASONS


async def test_who_has_left_opens_nothing(room: Room) -> None:
    tip = await room.leave()
    (await room.desk.staff_row(Role.POLICE)).active = False
    with pytest.raises(NotFound):
        await room.read(tip)


@pytest.mark.parametrize("move", list(TipMove))
async def test_nothing_moves_before_it_was_read(room: Room, move: TipMove) -> None:
    tip = await room.leave()
    with pytest.raises(MoveRefused):
        await room.move(tip, move, to="派出所", receipt="1")


@pytest.mark.parametrize("state", list(TipState))
async def test_every_move_does_what_the_table_says_and_no_other(room: Room, state: TipState) -> None:
    for move, row in TABLE.items():
        tip = await room.leave(f"{SECRET}{move}")
        await room.read(tip)
        tip = await room.tip(tip.id)
        tip.state = state
        await room.desk.session.flush()
        if state in row.froms:
            await room.move(tip, move, to="桂花派出所", receipt="杭公受〔2026〕12号")
            assert (await room.tip(tip.id)).state == (row.to or state)
        else:
            with pytest.raises(MoveRefused):
                await room.move(tip, move, to="桂花派出所", receipt="12")
        assert (move in allowed_moves(state)) == (state in row.froms)


async def test_handing_over_needs_whom_and_a_receipt(room: Room) -> None:
    tip = await room.leave()
    await room.read(tip)
    for to, receipt in (("", "12"), ("桂花派出所", ""), (" ", " ")):
        with pytest.raises(InvalidInput):
            await room.move(tip, TipMove.HAND_OVER, to=to, receipt=receipt)
    outcome = await room.move(tip, TipMove.HAND_OVER, to="桂花派出所", receipt="12号", text="")
    assert phrases_of(outcome) == ["tips.handed_over"]
    case = await room.read(tip, what=Opening.FORM, why="hand_over")
    assert case.entries[-1].words == {"text": "", "to": "桂花派出所", "receipt": "12号"}


@pytest.mark.parametrize("move", [move for move, row in TABLE.items() if row.needs_text])
async def test_some_moves_need_words(room: Room, move: TipMove) -> None:
    tip = await room.leave()
    await room.read(tip)
    tip = await room.tip(tip.id)
    tip.state = next(iter(TABLE[move].froms))
    await room.desk.session.flush()
    with pytest.raises(InvalidInput):
        await room.move(tip, move, text="  ")


async def test_a_question_is_asked_and_answered_and_someone_must_read_it(room: Room) -> None:
    tip = await room.leave()
    await room.read(tip)
    asked = await room.move(tip, TipMove.ASK, text="他一般几点来？")
    assert phrases_of(asked) == ["tips.asked"]
    assert [button.value for button in asked.replies[0].buttons] == [f"tip:more:{tip.id}", f"/tip/mine/{tip.ref}"][::-1]
    amei = (await room.desk.resident_row("amei")).id
    visit = (await room.do(VisitOwnTip(tip.ref, amei, "夜里一点多"))).value
    assert [entry.text for entry in visit.entries] == [SECRET, "他一般几点来？", "夜里一点多"]
    assert [entry.by_staff for entry in visit.entries] == [False, True, False]
    tip = await room.tip(tip.id)
    assert (tip.state, tip.unread_since is not None) == (TipState.CHECKING, True)
    stranger = (await room.desk.resident_row("laoli")).id
    assert (await room.do(VisitOwnTip(tip.ref, stranger, "是我"))).value.ref == ""


async def test_notes_are_not_for_the_reporter(room: Room) -> None:
    tip = await room.leave()
    await room.read(tip)
    assert (await room.move(tip, TipMove.NOTE, text="先不惊动他")).replies == ()
    amei = (await room.desk.resident_row("amei")).id
    visit = (await room.do(VisitOwnTip(tip.ref, amei))).value
    assert [entry.text for entry in visit.entries] == [SECRET]


async def test_more_is_added_by_the_same_resident_only(room: Room) -> None:
    tip = await room.leave()
    amei, laoli = [(await room.desk.resident_row(name)).id for name in ("amei", "laoli")]
    added = await room.do(AddToTip(tip.id, amei, "他开一辆白色面包车"))
    assert phrases_of(added) == ["tips.added"]  # staff know already that there is something to read
    await room.read(tip)
    assert phrases_of(await room.do(AddToTip(tip.id, amei, "今晚又来了"))) == ["tips.added", "staff.tip_added"]
    with pytest.raises(NotFound):
        await room.do(AddToTip(tip.id, laoli, "我也说一句"))
    with pytest.raises(NotFound):
        await room.do(AddToTip((await room.send_form()).id, laoli, "不是我报的"))
    with pytest.raises(InvalidInput):
        await room.do(AddToTip(tip.id, amei, "  "))
    assert len(await room.entries(tip)) == 3


async def test_what_is_added_to_a_settled_case_opens_it_again(room: Room) -> None:
    tip = await room.leave()
    await room.read(tip)
    await room.move(tip, TipMove.SETTLE)
    await room.do(AddToTip(tip.id, (await room.desk.resident_row("amei")).id, "他又倒了"))
    tip = await room.tip(tip.id)
    assert (tip.state, tip.closed_at) == (TipState.CHECKING, None)


async def test_the_anonymous_come_back_with_number_and_passphrase(room: Room) -> None:
    tip = await room.send_form()
    assert (tip.reporter_id, tip.source) == (None, "form")
    await room.read(tip)
    assert (await room.move(tip, TipMove.ASK, text="哪一层？")).replies == ()
    visit = await room.visit(tip, "３８１７-2905-6641", "五楼")
    assert [entry.text for entry in visit.entries] == [SECRET, "哪一层？", "五楼"]
    assert (visit.state, visit.added) == (TipState.CHECKING, True)


async def test_the_same_form_sent_twice_is_one_case(room: Room) -> None:
    tip = await room.send_form()
    again = await room.send_form()
    assert tip.id == again.id
    with pytest.raises(InvalidInput):
        await room.send_form(passphrase=make_passphrase())  # somebody else's form number


async def test_wrong_passphrases_lock_the_case_for_longer_and_longer(room: Room) -> None:
    tip = await room.send_form()
    for _ in range(MOST_WRONG):
        assert (await room.visit(tip, "0000 0000 0000")).ref == ""
    assert (await room.visit(tip)).ref == ""  # the right one does not help now
    room.desk.now += LOCKED_FOR
    assert (await room.visit(tip)).ref == tip.ref
    assert (await room.tip(tip.id)).failed == 0
    for _ in range(2):
        for _ in range(MOST_WRONG):
            await room.visit(tip, "0000 0000 0000")
        locked = (await room.tip(tip.id)).locked_until
        assert locked is not None
        last = locked - room.desk.now
        room.desk.now = locked
    assert last == 2 * LOCKED_FOR


async def test_a_case_of_the_chat_has_no_passphrase_and_an_unknown_number_tells_nothing(room: Room) -> None:
    tip = await room.leave()
    for word in ("", PASS, "0"):
        assert (await room.visit(tip, word)).ref == ""
    assert (await room.do(VisitTip("X00000000", PASS))).value == (await room.do(VisitTip("", ""))).value


def test_passphrases_are_twelve_digits() -> None:
    made = {make_passphrase() for _ in range(200)}
    assert len(made) == 200
    assert all(has_passphrase(one) and len(one) == 14 for one in made)


async def test_own_cases_are_listed_without_a_word_of_them(room: Room) -> None:
    amei, community = (await room.desk.resident_row("amei")).id, await room.desk.community_id()
    assert phrases_of(await room.do(ListOwnTips(community, amei))) == ["tips.list_empty"]
    for _ in range(7):
        await room.leave()
    await room.leave(who="laoli")
    listed = await room.do(ListOwnTips(community, amei))
    assert phrases_of(listed) == ["tips.state.received"] * 5
    assert {reply.to for reply in listed.replies} == {Audience.PRIVATE}


async def test_the_unread_is_reminded_of_until_it_is_read(room: Room) -> None:
    tip = await room.leave()
    session = room.desk.session
    assert list(await due_tips(session, room.desk.now, 10)) == []
    room.desk.now += timedelta(hours=4)
    assert list(await due_tips(session, room.desk.now, 10)) == [tip.id]
    assert phrases_of(await room.do(RemindTip(tip.id))) == ["staff.tip_unread"]
    assert phrases_of(await room.do(RemindTip(tip.id))) == []  # twice does nothing
    room.desk.now += timedelta(hours=4)
    assert phrases_of(await room.do(RemindTip(tip.id))) == ["staff.tip_unread"]
    await room.read(tip)
    room.desk.now += timedelta(days=3)
    assert list(await due_tips(session, room.desk.now, 10)) == []
    assert phrases_of(await room.do(RemindTip(tip.id))) == []


async def test_reminding_ends_at_last(room: Room) -> None:
    tip, said = await room.leave(), 0
    for _ in range(MOST_REMINDERS + 5):
        room.desk.now += timedelta(hours=4)
        said += len((await room.do(RemindTip(tip.id))).replies)
    assert said == MOST_REMINDERS


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda key: key.unlink(), "tip_key_missing"),
        (lambda key: key.write_text("not a key"), "tip_key_damaged"),
        (lambda key: key.write_bytes(b"\xff\xfe"), "tip_key_damaged"),
        (lambda key: key.write_text("A" * 43 + "="), "tip_key_wrong"),
    ],
)
async def test_without_its_key_nothing_opens_and_nothing_is_lost(room: Room, spoil: Any, code: str) -> None:
    tip, key = await room.send_form(), room.var / FILE
    kept = key.read_text()
    spoil(key)
    with pytest.raises(TipKeyUnavailable) as failed:
        await room.read(tip)
    assert failed.value.code == code
    other = await room.send_form("后来说的", "n2")  # sealing goes on
    seen = await room.visit(tip, text="补一句")
    assert (seen.readable, seen.added, seen.entries) == (False, True, ())
    key.unlink(missing_ok=True)
    key.write_text(kept)
    assert [e.words["text"] for e in (await room.read(tip)).entries] == [SECRET, "补一句"]
    assert [e.words["text"] for e in (await room.read(other)).entries] == ["后来说的"]


async def test_what_was_tampered_with_does_not_open(room: Room) -> None:
    tip, other = await room.leave(), await room.leave("别的事")
    mine, theirs = (await room.entries(tip))[0], (await room.entries(other))[0]
    mine.sealed = theirs.sealed  # an entry moved to another case
    await room.desk.session.flush()
    with pytest.raises(TipKeyUnavailable) as failed:
        await room.read(tip)
    assert failed.value.code == "tip_key_damaged_case"
    mine.sealed = b"short"
    await room.desk.session.flush()
    with pytest.raises(TipKeyUnavailable):
        await room.read(tip)


def test_the_key_of_the_settings_counts_before_the_file(tmp_path: Path) -> None:
    own = KeySeals(Settings(var=tmp_path)).get_public(make=True)
    given = "B" * 43 + "="
    assert KeySeals(Settings(var=tmp_path, tip_key=given)).get_public(make=True) != own
    assert KeySeals(Settings(var=tmp_path)).get_public(make=False) == own


async def test_an_empty_tip_is_none(room: Room) -> None:
    with pytest.raises(InvalidInput):
        await room.leave("   ")
