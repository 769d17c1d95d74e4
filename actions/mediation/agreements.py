"""The agreement: versions, signatures, and the moment from which it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.mediation.access import (
    access_own,
    check_length,
    enter,
    get_party,
    list_parties,
    lock_case,
    name_of,
    party_roles,
    step_as_staff,
    write_down,
)
from actions.mediation.commands import (
    DraftAgreement,
    OfferAgreement,
    Promise,
    RecordSignature,
    SignAgreement,
)
from actions.mediation.following import start_clocks
from actions.mediation.model import (
    AgreementState,
    ItemState,
    MediationAgreement,
    MediationCase,
    MediationParty,
    MediationSignature,
    PerformanceItem,
)
from actions.mediation.moves import MEDIATOR, Move, check_move
from actions.mediation.tell import case_event, changed, day_words, party_mark, press, tell_all, tell_party, tell_staff
from actions.outcome import Outcome, Reply
from actions.people.model import StaffMember
from actions.routing.rules import Rules

MOST_PROMISES = 12
LATEST = timedelta(days=365 * 5)
_UNSIGNED = (AgreementState.DRAFT, AgreementState.OFFERED)


async def draft_agreement(session: AsyncSession, command: DraftAgreement, now: datetime, rules: Rules) -> Outcome:
    """A new version. Whoever had signed the last one has to sign again: it says something else now."""
    case, staff = await step_as_staff(session, command.case_id, command.staff_id, Move.DRAFT, now)
    if not command.facts.strip() or not command.terms.strip():
        raise InvalidInput("empty agreement", phrase="mediation.agreement_empty")
    for text in (command.facts, command.terms, command.way):
        check_length(text)
    await _check_promises(session, case, command.promises, now, rules)
    last = await session.scalar(
        select(func.max(MediationAgreement.number)).where(MediationAgreement.case_id == case.id)
    )
    old = update(MediationAgreement).where(
        MediationAgreement.case_id == case.id, MediationAgreement.state.in_(_UNSIGNED)
    )
    await session.execute(old.values(state=AgreementState.REPLACED), execution_options={"synchronize_session": "fetch"})
    agreement = MediationAgreement(
        community_id=case.community_id,
        case_id=case.id,
        number=(last or 0) + 1,
        facts=command.facts.strip(),
        terms=command.terms.strip(),
        way=command.way.strip(),
        state=AgreementState.DRAFT,
        made_at=now,
        made_by=staff.id,
    )
    session.add(agreement)
    await session.flush()
    session.add_all(_item(agreement, promise) for promise in command.promises)
    await session.flush()
    return Outcome(events=(changed(case),), value=agreement.id)


def _item(agreement: MediationAgreement, promise: Promise) -> PerformanceItem:
    return PerformanceItem(
        community_id=agreement.community_id,
        case_id=agreement.case_id,
        agreement_id=agreement.id,
        party_id=promise.party_id,
        what=promise.what.strip(),
        due_on=promise.due_on,
        state=ItemState.OPEN,
        next_at=None,
        reminded=False,
    )


async def _check_promises(
    session: AsyncSession, case: MediationCase, promises: Sequence[Promise], now: datetime, rules: Rules
) -> None:
    today = rules.calendar.local_day(now)
    if len(promises) > MOST_PROMISES:
        raise InvalidInput("too many promises", phrase="mediation.too_many", most=MOST_PROMISES)
    for promise in promises:
        await get_party(session, promise.party_id, case.id)
        if not promise.what.strip():
            raise InvalidInput("nothing promised", phrase="mediation.promise_what")
        check_length(promise.what, 200)
        if not today <= promise.due_on <= today + LATEST:
            raise InvalidInput("no such day", phrase="mediation.promise_when")


async def _get(session: AsyncSession, agreement_id: int) -> MediationAgreement:
    agreement = await session.get(MediationAgreement, agreement_id)
    if agreement is None:
        raise NotFound(f"agreement {agreement_id}", phrase="mediation.none_such")
    return agreement


async def list_items(session: AsyncSession, agreement: MediationAgreement) -> Sequence[PerformanceItem]:
    """What was promised in that version, the earliest first."""
    query = select(PerformanceItem).where(PerformanceItem.agreement_id == agreement.id)
    return (await session.scalars(query.order_by(PerformanceItem.due_on, PerformanceItem.id))).all()


async def offer_agreement(session: AsyncSession, command: OfferAgreement, now: datetime, rules: Rules) -> Outcome:
    """The same words to each of them, alone, with a button to sign."""
    agreement = await _get(session, command.agreement_id)
    case, _ = await step_as_staff(session, agreement.case_id, command.staff_id, Move.DRAFT, now, what="offer")
    if agreement.state != AgreementState.DRAFT:
        raise MoveRefused("not a draft", phrase="mediation.not_latest")
    agreement.state = AgreementState.OFFERED
    parties = await list_parties(session, case)
    items = "\n".join([_item_words(item, parties, rules) for item in await list_items(session, agreement)])
    buttons = (press("sign", "sign", agreement.id), press("not", "not", agreement.id))
    told: tuple[Reply, ...] = ()
    for party in parties:
        told += tell_party(
            case, party, rules, "mediation.agreement.items" if items else "mediation.agreement.plain",
            key=f"offer:{agreement.id}", buttons=buttons,
            number=agreement.number, facts=agreement.facts, terms=agreement.terms, items=items,
        )  # fmt: skip
    return Outcome(told, (changed(case),), case.id)


def _item_words(item: PerformanceItem, parties: Sequence[MediationParty], rules: Rules) -> str:
    number = next((party.number for party in parties if party.id == item.party_id), 1)
    values = {"who": party_mark(number, rules), "what": item.what, "on": day_words(item.due_on)}
    return rules.words.get("promise_line", "{who}: {what} ({on})").format_map(values)


async def sign_agreement(session: AsyncSession, command: SignAgreement, now: datetime, rules: Rules) -> Outcome:
    """Only the version that is on the table can be signed."""
    agreement = await _get(session, command.agreement_id)
    mine = select(MediationParty).where(
        MediationParty.case_id == agreement.case_id, MediationParty.resident_id == command.resident_id
    )
    party = await session.scalar(mine)
    if party is None:
        raise NotFound(f"agreement {command.agreement_id}", phrase="mediation.none_such")
    case = await access_own(session, party, command.resident_id)
    check_move(Move.AGREE, case.state, party_roles(party))
    await session.refresh(agreement)
    if agreement.state != AgreementState.OFFERED:
        raise MoveRefused("not on the table", phrase="mediation.not_latest")
    name = await name_of(session, party)
    if command.word == "not":
        write_down(session, case, now, "disagrees", "resident", name)
        told = tell_party(case, party, rules, "mediation.not_signed", immediate=True)
        staff = tell_staff(case, rules, "mediation.staff.disagrees", f"not:{agreement.id}:{party.number}")
        return Outcome((*told, staff), (changed(case),), case.id)
    if command.word != "sign":
        raise InvalidInput("no such answer", phrase="mediation.too_late")
    if not await _sign(session, agreement, party.number, name, now, "chat"):
        raise MoveRefused("signed already", phrase="mediation.said_already")
    write_down(session, case, now, "sign", "resident", name)
    told = tell_party(case, party, rules, "mediation.signed", immediate=True, number=agreement.number)
    holds = await _holds_if_all(session, case, agreement, now, rules)
    return Outcome((*told, *holds.replies), (changed(case), *holds.events), case.id)


async def record_signature(session: AsyncSession, command: RecordSignature, now: datetime, rules: Rules) -> Outcome:
    """On paper, as the mediator saw it; and the mediator's own."""
    agreement = await _get(session, command.agreement_id)
    what = "paper" if command.number else "sign"
    case, staff = await step_as_staff(session, agreement.case_id, command.staff_id, Move.DRAFT, now, what=what)
    if agreement.state != AgreementState.OFFERED:
        raise MoveRefused("not on the table", phrase="mediation.not_latest")
    name = staff.name
    if command.number:
        parties = await list_parties(session, case)
        party = next((one for one in parties if one.number == command.number), None)
        if party is None:
            raise NotFound(f"party {command.number}", phrase="mediation.none_such")
        name = await name_of(session, party)
    how = "paper" if command.number else "console"
    if not await _sign(session, agreement, command.number, name, now, how, staff):
        raise MoveRefused("signed already", phrase="mediation.said_already")
    holds = await _holds_if_all(session, case, agreement, now, rules)
    return Outcome(holds.replies, (changed(case), *holds.events), case.id)


async def _sign(
    session: AsyncSession, agreement: MediationAgreement, number: int, name: str, now: datetime, how: str,
    staff: StaffMember | None = None,
) -> bool:  # fmt: skip
    values = {
        "community_id": agreement.community_id,
        "agreement_id": agreement.id,
        "number": number,
        "name": name[:32],
        "at": now,
        "how": how,
        "recorded_by": staff.id if staff is not None else None,
    }
    return await insert_once(session, MediationSignature, values, ("agreement_id", "number")) is not None


async def list_signatures(session: AsyncSession, agreement: MediationAgreement) -> Sequence[MediationSignature]:
    """Who has signed that version, the mediator (0) in front."""
    query = select(MediationSignature).where(MediationSignature.agreement_id == agreement.id)
    return (await session.scalars(query.order_by(MediationSignature.number))).all()


async def _holds_if_all(
    session: AsyncSession, case: MediationCase, agreement: MediationAgreement, now: datetime, rules: Rules
) -> Outcome:
    """All parties and the mediator have signed: it holds from now on, and the clock runs."""
    case = await lock_case(session, case.id)
    parties = await list_parties(session, case)
    signed = {signature.number for signature in await list_signatures(session, agreement)}
    if not {0, *(party.number for party in parties)} <= signed:
        return Outcome()
    agreement.state, agreement.signed_at = AgreementState.SIGNED, now
    enter(session, case, check_move(Move.AGREE, case.state, {MEDIATOR}), now, "staff", "")
    case.agreed_at = now
    items = await list_items(session, agreement)
    await start_clocks(session, case, items, now, rules)
    await session.flush()
    told = tell_all(case, parties, rules, "mediation.agreed", key=f"agreed:{agreement.id}")
    staff = tell_staff(case, rules, "mediation.staff.agreed", f"agreed:{agreement.id}")
    return Outcome((*told, staff), (case_event("MediationAgreed", case, staff_id=case.mediator_id),), case.id)
