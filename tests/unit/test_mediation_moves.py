"""The room of mediation by its commands: who may do what when, consent, and that nothing said travels across."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.mediation import commands as m
from actions.mediation.access import list_parties
from actions.mediation.clock import due_mediation
from actions.mediation.mediators import suggest_mediators
from actions.mediation.model import (
    CaseState,
    Consent,
    MediationAgreement,
    MediationCase,
    MediationEntry,
    MediationParty,
    MediationVisit,
    VisitAnswer,
)
from actions.mediation.moves import (
    APPLICANT,
    COLLEAGUE,
    HEAD,
    MEDIATOR,
    PARTY,
    TABLE,
    Move,
    allowed_moves,
    check_move,
    roles_of,
)
from actions.outcome import Audience
from actions.people.model import Role, StaffMember
from tests.support.desk import Desk, community_file, desk, words

__all__ = ["community_file", "desk"]
ROLES = (MEDIATOR, COLLEAGUE, HEAD, APPLICANT, PARTY)
#: move → {role: the states in which it is theirs}; what is not here is nobody's
OPEN, TALKING = "submitted accepted in_mediation", "accepted in_mediation"
ALLOWED: dict[str, dict[str, str]] = {
    "accept": {COLLEAGUE: "submitted"},
    "assign": {HEAD: f"{OPEN} agreed"},
    "recuse": {MEDIATOR: TALKING},
    "object": {APPLICANT: TALKING, PARTY: TALKING},
    "invite": {MEDIATOR: TALKING},
    "begin": {MEDIATOR: "accepted", APPLICANT: "accepted", PARTY: "accepted"},
    "decline": {MEDIATOR: TALKING, PARTY: TALKING},
    "withdraw": {MEDIATOR: OPEN, HEAD: OPEN, APPLICANT: OPEN},
    "speak": {MEDIATOR: f"{TALKING} agreed"},
    "session": {MEDIATOR: f"{TALKING} agreed"},
    "note": {MEDIATOR: f"{TALKING} agreed closed failed declined withdrawn referred"},
    "draft": {MEDIATOR: "in_mediation"},
    "agree": {MEDIATOR: "in_mediation", APPLICANT: "in_mediation", PARTY: "in_mediation"},
    "perform": {MEDIATOR: "agreed", APPLICANT: "agreed", PARTY: "agreed"},
    "visit": {MEDIATOR: "agreed", APPLICANT: "agreed", PARTY: "agreed"},
    "resume": {MEDIATOR: "agreed"},
    "close": {MEDIATOR: "agreed"},
    "fail": {MEDIATOR: TALKING},
    "refer": {MEDIATOR: f"{OPEN} agreed", HEAD: f"{OPEN} agreed"},
}


@pytest.mark.parametrize("move", list(Move))
def test_every_move_is_for_whom_and_when_the_table_of_the_tests_says(move: Move) -> None:
    for state, role in product(CaseState, ROLES):
        allowed = state in ALLOWED[move].get(role, "").split()
        assert (move in allowed_moves(state, {role})) == allowed, (state, role)
        if allowed:
            assert check_move(move, state, {role}).move is move
        else:
            with pytest.raises((NotAllowed, MoveRefused)):
                check_move(move, state, {role})


def test_a_case_that_has_ended_never_goes_on() -> None:
    ended = set(CaseState) - {"submitted", "accepted", "in_mediation", "agreed"}
    assert [row.move for row in TABLE if row.froms & ended and row.to is not None] == []


@pytest.mark.parametrize("role", list(Role))
async def test_only_mediators_and_the_committee_know_of_a_case(desk: Desk, role: Role) -> None:
    case = await opened(desk)
    known = {Role.MEDIATOR: {COLLEAGUE}, Role.COMMITTEE: {HEAD}, Role.ADMIN: {HEAD}}
    staff = await desk.staff_row(role)
    assert roles_of(case, staff) == known.get(role, set())
    staff.active = False
    assert roles_of(case, staff) == set()


async def opened(desk: Desk) -> MediationCase:
    """An application of amei."""
    here = await desk.community_id()
    amei = await desk.resident_row("amei")
    command = m.OpenCase(here, "dispute/noise", "他总是半夜敲墙", here, applicant_id=amei.id)
    return await desk.session.get_one(MediationCase, (await desk.do(command)).value)


async def mediator(desk: Desk) -> StaffMember:
    return await desk.staff_row(Role.MEDIATOR)


async def begun(desk: Desk) -> MediationCase:
    """Led by the mediator, with laoli as the other side, both willing."""
    case, who, laoli = await opened(desk), await mediator(desk), await desk.resident_row("laoli")
    await desk.do(m.AcceptCase(case.id, who.id))
    party = (await desk.do(m.AddParty(case.id, who.id, laoli.id))).value
    await desk.do(m.InviteParty(party, who.id))
    await desk.do(m.AnswerInvitation(party, laoli.id, "yes"))
    rooms = {one.id: 100 + one.number for one in await list_parties(desk.session, case)}
    await desk.do(m.SetRooms(case.id, {**rooms, 0: 100}))
    return case


async def parties(desk: Desk, case: MediationCase) -> list[MediationParty]:
    return list(await list_parties(desk.session, case))


async def test_it_begins_when_all_have_consented_and_not_before(desk: Desk) -> None:
    case, who = await opened(desk), await mediator(desk)
    await desk.do(m.AcceptCase(case.id, who.id))
    assert case.state == CaseState.ACCEPTED  # one party alone is no mediation
    for name in ("laoli", "xinlai"):
        await desk.do(m.AddParty(case.id, who.id, (await desk.resident_row(name)).id))
    _, second, third = await parties(desk, case)
    for party in (second, third):
        assert case.state == CaseState.ACCEPTED
        await desk.do(m.InviteParty(party.id, who.id))
        await desk.do(m.AnswerInvitation(party.id, party.resident_id or 0, "yes"))
    assert case.state == CaseState.IN_MEDIATION
    await desk.do(m.AddParty(case.id, who.id, None, "后来的人"))
    assert case.state == CaseState.ACCEPTED  # who is new is asked first


async def test_who_refuses_in_person_is_not_asked_again(desk: Desk) -> None:
    case, who = await opened(desk), await mediator(desk)
    await desk.do(m.AcceptCase(case.id, who.id))
    party = (await desk.do(m.AddParty(case.id, who.id, None, "张老师"))).value
    await desk.do(m.RecordConsent(party, who.id, False))
    assert case.state == CaseState.DECLINED
    with pytest.raises(MoveRefused):
        await desk.do(m.RecordConsent(party, who.id, True))


async def test_a_staff_opened_case_asks_the_applicant_too(desk: Desk) -> None:
    here, who = await desk.community_id(), await mediator(desk)
    amei = await desk.resident_row("amei")
    command = m.OpenCase(here, "dispute/noise", "事", here, applicant_id=amei.id, staff_id=who.id, consented=False)
    case = await desk.session.get_one(MediationCase, (await desk.do(command)).value)
    first = (await parties(desk, case))[0]
    assert first.consent == Consent.NONE
    await desk.do(m.AcceptCase(case.id, who.id))
    await desk.do(m.InviteParty(first.id, who.id))
    await desk.do(m.AnswerInvitation(first.id, amei.id, "yes"))
    assert first.consent == Consent.GIVEN


async def test_what_is_said_to_one_is_said_to_nobody_else(desk: Desk) -> None:
    case, who = await begun(desk), await mediator(desk)
    first, second = await parties(desk, case)
    spoken = await desk.do(m.SpeakInRoom(case.id, who.id, "只和您说", first.id))
    assert [(r.to, r.chat_id) for r in spoken.replies] == [(Audience.CHAT, first.chat_id)]
    noted = await desk.do(m.AddNote(case.id, who.id, "给乙方的", "party", second.id))
    assert [r.chat_id for r in noted.replies] == [second.chat_id]
    assert (await desk.do(m.AddNote(case.id, who.id, "自己看"))).replies == ()
    heard = await desk.do(m.HearParty(first.chat_id or 0, first.resident_id or 0))
    assert heard.replies == ()
    with pytest.raises(NotFound):  # not their room
        await desk.do(m.HearParty(first.chat_id or 0, second.resident_id or 0))


async def test_nothing_an_applicant_wrote_stands_in_any_text_to_others(desk: Desk) -> None:
    case, who = await opened(desk), await mediator(desk)
    outcomes = [await desk.do(m.AcceptCase(case.id, who.id))]
    laoli = await desk.resident_row("laoli")
    party = (await desk.do(m.AddParty(case.id, who.id, laoli.id))).value
    outcomes.append(await desk.do(m.InviteParty(party, who.id)))
    outcomes.append(await desk.do(m.AnswerInvitation(party, laoli.id, "no")))
    said = " ".join(words(reply) for outcome in outcomes for reply in outcome.replies)
    assert "敲墙" not in said
    assert "amei" not in said


async def test_the_fittest_mediator_is_suggested_and_never_one_who_stood_back(desk: Desk) -> None:
    case, first = await opened(desk), await mediator(desk)
    second = StaffMember(
        login="m2", name="二号", role=Role.MEDIATOR, community_id=first.community_id, org_unit_id=first.org_unit_id,
        password_hash="", created_at=desk.now,
    )  # fmt: skip
    desk.session.add(second)
    await desk.session.flush()
    head = await desk.staff_row(Role.COMMITTEE)
    assert [one.staff.id for one in await suggest_mediators(desk.session, case)] == [first.id, second.id]
    await desk.do(m.SetProfile(case.community_id, head.id, first.id, ("dispute/parking",)))
    assert [one.staff.id for one in await suggest_mediators(desk.session, case)] == [second.id, first.id]
    with pytest.raises(NotAllowed):
        await desk.do(m.SetProfile(case.community_id, first.id, first.id))
    await desk.do(m.AcceptCase(case.id, second.id))
    await desk.do(m.RecuseMediator(case.id, second.id, "是亲戚"))
    assert [one.staff.id for one in await suggest_mediators(desk.session, case)] == [first.id]
    with pytest.raises(NotAllowed):
        await desk.do(m.AssignMediator(case.id, head.id, second.id))
    await desk.do(m.AssignMediator(case.id, head.id, first.id))
    assert case.mediator_id == first.id


async def test_a_party_may_have_another_mediator(desk: Desk) -> None:
    case = await begun(desk)
    second = (await parties(desk, case))[1]
    outcome = await desk.do(m.LeaveCase(second.id, second.resident_id or 0, "other"))
    assert case.state == CaseState.SUBMITTED
    assert "MediationFreed" in [event.name for event in outcome.events]
    with pytest.raises(NotAllowed):
        await desk.do(m.AcceptCase(case.id, (await mediator(desk)).id))


@pytest.mark.parametrize(
    "promise",
    [
        ("", date(2026, 12, 1)),
        ("铺地垫", date(2020, 1, 1)),
        ("铺地垫", date(2099, 1, 1)),
        ("长" * 201, date(2026, 12, 1)),
    ],
)
async def test_a_promise_needs_words_and_a_day_to_come(desk: Desk, promise: tuple[str, date]) -> None:
    case, who = await begun(desk), await mediator(desk)
    party = (await parties(desk, case))[1]
    with pytest.raises(InvalidInput):
        await desk.do(m.DraftAgreement(case.id, who.id, "事", "约", promises=(m.Promise(party.id, *promise),)))


async def test_the_clock_does_each_thing_once(desk: Desk) -> None:
    case, who = await begun(desk), await mediator(desk)
    party = (await parties(desk, case))[1]
    promise = m.Promise(party.id, "铺地垫", date(2026, 11, 30))
    agreement = (await desk.do(m.DraftAgreement(case.id, who.id, "事", "约", promises=(promise,)))).value
    await desk.do(m.OfferAgreement(agreement, who.id))
    for number in (0, 1, 2):
        await desk.do(m.RecordSignature(agreement, who.id, number))
    assert case.state == CaseState.AGREED
    counts = []
    for _ in range(100):
        desk.now += timedelta(days=1)
        due = await due_mediation(desk.session, desk.now, 10)
        said = [reply for one in due for reply in (await desk.do(one)).replies]
        again = [reply for one in due for reply in (await desk.do(one)).replies]
        assert again == []
        counts += [len(said)] if said else []
    assert counts == [3, 1, 1, 3, 3]  # 7 days; before the promise; after it; 30 days; 90 days


async def agreed(desk: Desk, case: MediationCase, what: str) -> None:
    """A version with one promise of the other side, signed by all."""
    who, party = await mediator(desk), (await parties(desk, case))[1]
    day = (desk.now + timedelta(days=10)).date()
    draft = m.DraftAgreement(case.id, who.id, "事", what, promises=(m.Promise(party.id, what, day),))
    agreement = (await desk.do(draft)).value
    await desk.do(m.OfferAgreement(agreement, who.id))
    for number in (0, 1, 2):
        await desk.do(m.RecordSignature(agreement, who.id, number))


async def test_a_broken_promise_leads_back_to_another_agreement(desk: Desk) -> None:
    case, who = await begun(desk), await mediator(desk)
    await agreed(desk, case, "铺地垫")
    desk.now += timedelta(days=8)
    for one in await due_mediation(desk.session, desk.now, 10):
        await desk.do(one)
    visit = (await desk.session.scalars(select(MediationVisit).where(MediationVisit.days == 7))).one()
    await desk.do(m.AnswerVisit(visit.id, (await parties(desk, case))[0].resident_id or 0, "trouble"))
    await desk.do(m.RecordVisit(visit.id, who.id, "地垫没铺"))
    await desk.do(m.EndCase(case.id, who.id, "resume", "没铺"))
    assert await due_mediation(desk.session, desk.now + timedelta(days=400), 10) == []  # nothing of the old one
    await agreed(desk, case, "换软底桌脚")
    states = list(await desk.session.scalars(select(MediationAgreement.state).order_by(MediationAgreement.number)))
    assert states == ["replaced", "signed"]
    due = [visit.due_at - desk.now for visit in await desk.session.scalars(select(MediationVisit))]
    assert [span.days for span in sorted(due)] == [6, 29, 89]
    assert await desk.session.scalar(select(VisitAnswer)) is None
    with pytest.raises(MoveRefused):
        await desk.do(m.EndCase(case.id, who.id, "close"))


async def test_an_error_leaves_no_entry_in_the_history(desk: Desk) -> None:
    case, who = await begun(desk), await mediator(desk)
    entries = select(MediationEntry.what).where(MediationEntry.case_id == case.id)
    before = list(await desk.session.scalars(entries))
    for command in (
        m.EndCase(case.id, who.id, "close"),
        m.EndCase(case.id, who.id, "fail"),
        m.EndCase(case.id, 0, "fail"),
    ):
        with pytest.raises(ActionError):
            await desk.do(command)
    assert list(await desk.session.scalars(entries)) == before
