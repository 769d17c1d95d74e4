"""The word of those who live there or next door: one or two are asked in private, never the group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.inserting import insert_once
from actions.outcome import Audience, Button, Outcome, Reply
from actions.people.binding import Proof, bind, ensure_claim, home_event, private, to_staff, unbind
from actions.people.doors import (
    door_words,
    find_household,
    hold_claim,
    hold_resident,
    is_at,
    open_household,
    verified_household,
    verified_members,
)
from actions.people.home_commands import AnswerVouch, AskNeighbours, ObjectToMember
from actions.people.home_model import MEMBER, PROXY, HomeState, Residence, Vouch
from actions.people.model import Household, OrgUnit, Resident

MOST_ASKED = 2  # for one claim
MOST_TROUBLED = 3  # times somebody is asked about others within
TROUBLED_WITHIN = timedelta(days=7)
VOUCH_BUTTON = "home:vouch:{}:{}"
_SURE_THEMSELVES = ("code", "staff", "member")  # who came by a neighbour's word vouches for nobody else


async def ask_neighbours(session: AsyncSession, command: AskNeighbours, now: datetime) -> Outcome:
    """Ask those of the household; where nobody of it is known yet, neighbours of the same staircase."""
    resident = await hold_resident(session, command.resident_id)
    claim = await _own_claim(session, resident, command, now)
    if claim is None or claim.state != HomeState.CLAIMED:
        return Outcome((private("home.nothing_to_prove", resident),))
    building = await session.get(OrgUnit, claim.building_id)
    if claim.doubt:
        return Outcome((private("home.with_grid_worker", resident),), value=0)
    household = await find_household(session, claim.building_id, claim.unit, claim.room)
    members = await verified_members(session, household.id) if household is not None else ()
    asked = await _ask(session, claim, resident, building, members or await _neighbours(session, claim, now), now)
    if asked is None:
        return Outcome((private("home.asked_already", resident),), value=0)
    if not asked:
        phrase = "home.proxy_claimed" if claim.kind == PROXY else "home.nobody_to_ask"
        staff = to_staff("staff.home_claim", claim, building, "claim")
        return Outcome((private(phrase, resident, kin=claim.kin), staff), (home_event(claim),), 0)
    phrase = "home.asked_members" if members else "home.asked_neighbours"
    return Outcome((private(phrase, resident), *asked), (home_event(claim),), len(asked))


async def _own_claim(
    session: AsyncSession, resident: Resident, command: AskNeighbours, now: datetime
) -> Residence | None:
    if command.residence_id is None:
        return await ensure_claim(session, resident, now)
    claim = await session.get(Residence, command.residence_id)
    return claim if claim is not None and claim.resident_id == resident.id else None


async def _neighbours(session: AsyncSession, claim: Residence, now: datetime) -> Sequence[Resident]:
    """Verified neighbours of the same staircase, next door and same floor first, whoever is not asked too often.

    To speak for a household is for the household itself to allow.
    """
    if claim.kind == PROXY:
        return ()
    often = (
        select(Vouch.asked_id)
        .where(Vouch.asked_at > now - TROUBLED_WITHIN)
        .group_by(Vouch.asked_id)
        .having(func.count() >= MOST_TROUBLED)
    )
    query = (
        select(Resident)
        .join(Residence, Residence.resident_id == Resident.id)
        .where(
            Residence.kind == MEMBER,
            Residence.state == HomeState.VERIFIED,
            Residence.how.in_(_SURE_THEMSELVES),
            Residence.building_id == claim.building_id,
            Residence.unit == claim.unit,
            Residence.room != claim.room,
            Resident.id != claim.resident_id,
            Resident.id.not_in(often),
        )
        .order_by(func.substr(Residence.room, 1, max(1, len(claim.room) - 2)) != claim.room[:-2], Resident.id)
    )
    return (await session.scalars(query.limit(MOST_ASKED))).all()


async def _ask(
    session: AsyncSession,
    claim: Residence,
    resident: Resident,
    building: OrgUnit | None,
    whom: Sequence[Resident],
    now: datetime,
) -> tuple[Reply, ...] | None:
    """The questions; () where there is nobody to ask, None where all who may be asked were."""
    before = set(await session.scalars(select(Vouch.asked_id).where(Vouch.residence_id == claim.id)))
    fresh = [one for one in whom if one.id not in before][: MOST_ASKED - len(before)]
    if before and not fresh:
        return None
    replies = []
    for one in fresh:
        row = {
            "community_id": claim.community_id,
            "residence_id": claim.id,
            "asked_id": one.id,
            "asked_at": now,
            "answer": "",
        }
        vouch_id = await insert_once(session, Vouch, row, ("residence_id", "asked_id"))
        if vouch_id is not None:
            replies.append(_question(claim, resident, building, one, vouch_id))
    return tuple(replies)


def _question(
    claim: Residence, resident: Resident, building: OrgUnit | None, asked: Resident, vouch_id: int
) -> Reply:
    phrase = "home.do_you_know" if claim.kind == MEMBER else "home.do_you_consent"
    words = ("yes", "no") if claim.kind == MEMBER else ("consent", "refuse")
    return Reply(
        phrase,
        {
            "nickname": resident.nickname,
            "door": door_words(building, claim.unit, claim.room),
            "room": claim.room,
            "kin": claim.kin,
        },
        to=Audience.PRIVATE,
        resident_id=asked.id,
        community_id=claim.community_id,
        buttons=tuple(
            Button(f"button.home.{label}", VOUCH_BUTTON.format(word, vouch_id), {"room": claim.room})
            for label, word in zip(words, ("yes", "no"), strict=True)
        ),
        immediate=False,
        effect_key=f"home:vouch:{vouch_id}",
    )


async def answer_vouch(session: AsyncSession, command: AnswerVouch, now: datetime) -> Outcome:
    """A yes proves the claim, a no leaves it to the grid worker. Only who was asked, once, and still lives there."""
    vouch = await session.scalar(select(Vouch).where(Vouch.id == command.vouch_id).with_for_update())
    if vouch is None or vouch.asked_id != command.resident_id:
        raise NotFound("nobody asked", phrase="home.not_asked")
    asked = await session.get_one(Resident, vouch.asked_id)
    if vouch.answer:
        return Outcome((private("home.answered_already", asked),))
    claim = await hold_claim(session, vouch.residence_id)
    own = await verified_household(session, asked.id)
    if claim is None or claim.state != HomeState.CLAIMED or claim.doubt:
        return Outcome((private("home.settled_meanwhile", asked),))
    if own is None or (own.building_id, own.unit) != (claim.building_id, claim.unit):
        raise NotAllowed("they live there no longer", phrase="home.not_a_neighbour")
    vouch.answer, vouch.answered_at = command.answer, now
    await session.flush()
    thanks = private("home.vouch_thanks", asked)
    building = await session.get(OrgUnit, claim.building_id)
    if command.answer != "yes":
        return await _doubt(session, claim, building, thanks, now)
    household = await find_household(session, claim.building_id, claim.unit, claim.room)
    is_own = household is not None and household.id == own.id
    if not is_own and household is not None and await verified_members(session, household.id):
        return await _doubt(session, claim, building, thanks, now)  # those who live there were not asked
    proof = Proof("member" if is_own else "neighbour")
    return await _prove(session, claim, building, household, proof, asked, now)


async def _prove(
    session: AsyncSession,
    claim: Residence,
    building: OrgUnit | None,
    household: Household | None,
    proof: Proof,
    asked: Resident,
    now: datetime,
) -> Outcome:
    if household is None:
        assert building is not None
        household = await open_household(session, building, claim.unit, claim.room)
    replies = await bind(session, claim, household, proof, now)
    others = tuple(r for r in replies if r.resident_id != asked.id)  # who has just said yes is not asked again
    return Outcome((private("home.vouch_thanks", asked), *others), (home_event(claim),), claim.id)


async def _doubt(
    session: AsyncSession, claim: Residence, building: OrgUnit | None, thanks: Reply, now: datetime
) -> Outcome:
    await unbind(session, claim, HomeState.CLAIMED, now, doubt="disputed")
    resident = await session.get_one(Resident, claim.resident_id)
    word = private("home.to_grid_worker", resident, f"home:{claim.id}:doubt:{now:%Y%m%d%H%M%S}")
    staff = to_staff("staff.home_disputed", claim, building, f"staff:{now:%Y%m%d%H%M%S}")
    return Outcome((thanks, word, staff), (home_event(claim),), claim.id)


async def object_to_member(session: AsyncSession, command: ObjectToMember, now: datetime) -> Outcome:
    """A member does not know who came after them: nobody is of the household until the grid worker has been there."""
    claim = await hold_claim(session, command.residence_id)
    member = await session.get_one(Resident, command.resident_id)
    own = await verified_household(session, member.id)
    theirs = claim is not None and own is not None and is_at(claim, own)
    if claim is None or not theirs or claim.resident_id == member.id:
        raise NotFound("no such member", phrase="home.not_asked")
    if claim.state != HomeState.VERIFIED:
        return Outcome((private("home.settled_meanwhile", member),))
    since = select(Residence.settled_at).where(
        Residence.resident_id == member.id, Residence.kind == MEMBER, Residence.state == HomeState.VERIFIED
    )
    came = await session.scalar(since)
    if claim.kind == MEMBER and (came is None or claim.settled_at is None or claim.settled_at < came):
        raise NotAllowed("they were there before", phrase="home.was_there_before")
    building = await session.get(OrgUnit, claim.building_id)
    return await _doubt(session, claim, building, private("home.objected", member), now)

