"""A proposal is put forward: read back to its author, or made of several tickets by staff; then looked over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Event, Outcome, Reply
from actions.proposals.commands import DraftProposal, ProposeFromTicket, RaiseMatter, ReviewProposal, SettleProposal
from actions.proposals.finding import (
    LONGEST_REASON,
    access_as,
    alike,
    find_area,
    get_resident,
    get_staff,
    hold_numbers,
    list_public,
    lock,
)
from actions.proposals.model import (
    LIVE,
    TAKES_SUPPORT,
    Behind,
    Proposal,
    ProposalState,
    ProposalTicket,
    Support,
)
from actions.proposals.rules import ProposalTools
from actions.proposals.supporting import count_supporters, start_discussion
from actions.proposals.tell import changed, params_of, press, take_step, tell_groups, tell_one, tell_staff, tickets_of

TALKED_OF = timedelta(minutes=30)  # so long a draft that was read back is what "提交" is about
SHORTEST, LONGEST_TITLE, LONGEST_TEXT = 4, 40, 1000
MOST_TICKETS = 50
TWICE = timedelta(minutes=10)  # within which the same matter from the same desk is a form handed in twice
_ENDS = "。！？!?\n;；"


def split_title(text: str) -> tuple[str, str]:
    """A title (its first sentence, cut where it may be) and the whole text."""
    first = text.strip()
    for end in _ENDS:
        first = first.split(end, 1)[0]
    if len(first) > LONGEST_TITLE:
        parts = first.replace(",", "，").split("，")
        kept = parts[0]
        for part in parts[1:]:
            if len(kept) + 1 + len(part) > LONGEST_TITLE:
                break
            kept = f"{kept}，{part}"
        first = kept
    return first.strip()[:LONGEST_TITLE], text.strip()


def _check(title: str, text: str) -> None:
    if len(title.strip()) < SHORTEST:
        raise InvalidInput("too short", phrase="proposal.bad.short", least=SHORTEST)
    if len(title) > LONGEST_TITLE:
        raise InvalidInput("title too long", phrase="proposal.bad.title", most=LONGEST_TITLE)
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InvalidInput("too long", phrase="proposal.bad.text", most=LONGEST_TEXT)


async def propose_from_ticket(
    session: AsyncSession, command: ProposeFromTicket, now: datetime, tools: ProposalTools
) -> Outcome:
    """What was said in the ticket is looked up elsewhere."""
    await get_resident(session, command.resident_id, command.community_id)
    data = {"ticket_id": command.ticket_id, "resident_id": command.resident_id}
    return Outcome(events=(Event("TicketWantedForProposal", command.community_id, data),))


async def draft_proposal(session: AsyncSession, command: DraftProposal, now: datetime, tools: ProposalTools) -> Outcome:
    """Shown to its author in private, with what is much the same already; nobody else hears of it yet."""
    await get_resident(session, command.resident_id, command.community_id)
    title, text = split_title(tools.scrub(command.text))
    title = tools.scrub(command.title.strip()) or title
    _check(title, text)
    await _check_patience(session, command.resident_id, tools)
    if command.ticket_id is not None and await _is_in_one(session, command.ticket_id):
        raise MoveRefused("in a proposal already", phrase="proposal.ticket_used")
    await _free_from_drafts(session, [command.ticket_id] if command.ticket_id is not None else [])
    proposal = await _make(session, command.community_id, title, text, now, resident_id=command.resident_id)
    if command.ticket_id is not None:
        await _join_tickets(session, proposal, {command.ticket_id: 0}, now)
    public = await list_public(session, command.community_id, sorted(TAKES_SUPPORT))
    same = alike(f"{title}\n{text}", public, tools.rules.alike)
    params = params_of(proposal, tools.rules) | {"text": text}
    params["alike"] = "\n".join(f"{one.number}号《{one.title}》" for one in same)
    del params["proposal_id"]  # nobody can support it yet
    buttons = [press("hand", proposal.id), press("drop", proposal.id)]
    buttons += [press("join", one.id, title=one.title) for one in same]
    phrase = "proposal.read_back_alike" if same else "proposal.read_back"
    shown = tell_one(proposal, command.resident_id, tools.rules, phrase, buttons=buttons)
    return Outcome((_with(shown, params),), value=proposal.id)


def _with(reply: Reply, params: Mapping[str, object]) -> Reply:
    return Reply(
        reply.phrase, dict(params), to=reply.to, resident_id=reply.resident_id, community_id=reply.community_id,
        buttons=reply.buttons,
    )  # fmt: skip


async def _make(
    session: AsyncSession, community_id: int, title: str, text: str, now: datetime, *,
    resident_id: int | None = None, staff_id: int | None = None, org_unit_id: int | None = None,
) -> Proposal:  # fmt: skip
    proposal = Proposal(
        community_id=community_id,
        number=await hold_numbers(session, community_id),
        title=title,
        text=text,
        state=ProposalState.DRAFT,
        org_unit_id=await find_area(session, community_id, org_unit_id),
        resident_id=resident_id,
        staff_id=staff_id,
        made_at=now,
    )
    session.add(proposal)
    await session.flush()
    return proposal


async def _check_patience(session: AsyncSession, resident_id: int, tools: ProposalTools) -> None:
    mine = (Proposal.resident_id == resident_id, Proposal.state == ProposalState.WAITING)
    waiting = await session.scalar(select(func.count()).select_from(Proposal).where(*mine))
    if (waiting or 0) >= tools.rules.most_waiting:
        raise MoveRefused("too many", phrase="proposal.too_many", most=tools.rules.most_waiting)


async def _is_in_one(session: AsyncSession, ticket_id: int) -> bool:
    used = select(Proposal.id).join(ProposalTicket, ProposalTicket.proposal_id == Proposal.id)
    live = used.where(ProposalTicket.ticket_id == ticket_id, Proposal.state != ProposalState.DRAFT)
    return await session.scalar(live.limit(1)) is not None


async def _free_from_drafts(session: AsyncSession, tickets: list[int]) -> None:
    """A draft that nobody said yes to holds no ticket back."""
    drafts = select(Proposal.id).where(Proposal.state == ProposalState.DRAFT)
    held = select(ProposalTicket).where(ProposalTicket.ticket_id.in_(tickets), ProposalTicket.proposal_id.in_(drafts))
    for row in list(await session.scalars(held)):
        await session.delete(row)
    await session.flush()


async def _join_tickets(
    session: AsyncSession, proposal: Proposal, reporters: Mapping[int, int], now: datetime
) -> list[int]:
    """The tickets that are its own from now on; who told of them hears what becomes of it."""
    joined = []
    for ticket_id, reporter_id in reporters.items():
        values = {"community_id": proposal.community_id, "proposal_id": proposal.id, "ticket_id": ticket_id, "at": now}
        if await insert_once(session, ProposalTicket, values, ("ticket_id",)) is None:
            continue
        joined.append(ticket_id)
        if reporter_id:
            await stand_behind(session, proposal, reporter_id, Behind.REPORTER, now)
    return joined


async def stand_behind(
    session: AsyncSession, proposal: Proposal, resident_id: int, kind: Behind, now: datetime
) -> bool:
    """Whether they were not behind it before."""
    values = {"community_id": proposal.community_id, "proposal_id": proposal.id, "resident_id": resident_id,
              "kind": kind, "at": now, "muted": False, "told_step": 0}  # fmt: skip
    return await insert_once(session, Support, values, ("proposal_id", "resident_id")) is not None


async def settle_proposal(
    session: AsyncSession, command: SettleProposal, now: datetime, tools: ProposalTools
) -> Outcome:
    """Only its author's word counts. Handed in it waits for staff; what waits may still be taken back."""
    number = command.proposal_id or await _read_back(session, command.resident_id, now)
    if number is None:
        return Outcome(value=NOTHING_FITS)
    proposal = await lock(session, Proposal, number)
    if proposal.resident_id != command.resident_id:
        raise NotFound("not theirs", phrase="proposal.none_such")
    if not command.well:
        return await _take_back(session, proposal, now, tools)
    if proposal.state != ProposalState.DRAFT:
        raise MoveRefused("handed in already", phrase="proposal.handed_in", title=proposal.title)
    await _check_patience(session, command.resident_id, tools)
    rules = tools.rules
    proposal.state, proposal.submitted_at = ProposalState.WAITING, now
    proposal.review_due_at = proposal.next_at = rules.end_of(now, rules.review_days)
    await stand_behind(session, proposal, command.resident_id, Behind.PROPOSER, now)
    until = rules.day_words(proposal.review_due_at)
    await take_step(session, proposal, "submitted", now, rules, told=command.resident_id, until=until)
    own = tell_one(proposal, command.resident_id, rules, "proposal.handed_over", "handed", until=until)
    staff = tell_staff(proposal, rules, "proposal.staff.waiting", "waiting", until=until)
    return Outcome((own, staff), (*await tickets_of(session, proposal), changed(proposal)), proposal.id)


async def _read_back(session: AsyncSession, resident_id: int, now: datetime) -> int | None:
    """Their youngest draft, while it is still what they are talking of."""
    mine = (Proposal.resident_id == resident_id, Proposal.state == ProposalState.DRAFT)
    query = select(Proposal.id).where(*mine, Proposal.made_at > now - TALKED_OF)
    found: int | None = await session.scalar(query.order_by(Proposal.id.desc()).limit(1))
    return found


async def _take_back(session: AsyncSession, proposal: Proposal, now: datetime, tools: ProposalTools) -> Outcome:
    if proposal.state == ProposalState.DRAFT:
        await _free_tickets(session, proposal)
        await session.delete(proposal)  # nobody but its author ever heard of it
        return Outcome((Reply("proposal.dropped"),))
    if proposal.state != ProposalState.WAITING:
        raise MoveRefused("public", phrase="proposal.too_late_to_drop", title=proposal.title)
    proposal.state, proposal.ended_at, proposal.next_at = ProposalState.WITHDRAWN, now, None
    freed = await tickets_of(session, proposal, over=True)
    await _free_tickets(session, proposal)
    await take_step(session, proposal, "withdrawn", now, tools.rules, told=proposal.resident_id)
    staff = tell_staff(proposal, tools.rules, "proposal.staff.withdrawn", "withdrawn")
    return Outcome((Reply("proposal.dropped"), staff), (*freed, changed(proposal)), proposal.id)


async def _free_tickets(session: AsyncSession, proposal: Proposal) -> None:
    for row in await session.scalars(select(ProposalTicket).where(ProposalTicket.proposal_id == proposal.id)):
        await session.delete(row)
    await session.flush()


async def raise_matter(session: AsyncSession, command: RaiseMatter, now: datetime, tools: ProposalTools) -> Outcome:
    """Public at once: staff have looked at it. Who reported hears of it and is asked for support."""
    staff = await get_staff(session, command.staff_id, command.community_id)
    title, text = tools.scrub(command.title.strip()), tools.scrub(command.text.strip())
    _check(title, text)
    if len(command.reporters) > MOST_TICKETS:
        raise InvalidInput("too many", phrase="proposal.bad.tickets", most=MOST_TICKETS)
    await hold_numbers(session, command.community_id)
    mine = (Proposal.staff_id == staff.id, Proposal.title == title, Proposal.text == text)
    query = select(Proposal.id).where(Proposal.community_id == command.community_id, *mine)
    if (known := await session.scalar(query.where(Proposal.made_at > now - TWICE).limit(1))) is not None:
        return Outcome(value=known)
    proposal = await _make(
        session, command.community_id, title, text, now, staff_id=staff.id, org_unit_id=command.org_unit_id
    )
    await _free_from_drafts(session, list(command.reporters))
    joined = await _join_tickets(session, proposal, command.reporters, now)
    if command.reporters and not joined:
        raise MoveRefused("all in another", phrase="proposal.ticket_used")
    proposal.submitted_at = proposal.reviewed_at = now
    proposal.reviewed_by = staff.id
    if joined:
        await take_step(session, proposal, "raised", now, tools.rules, staff_id=staff.id, n=len(joined))
    opened = await open_up(session, proposal, now, tools, staff.id)
    asked = {command.reporters[ticket] for ticket in joined} - {0}
    more = tuple(
        tell_one(proposal, one, tools.rules, "proposal.came_of_yours", "came", immediate=False,
                 buttons=(press("support", proposal.id), press("mute", proposal.id)))
        for one in sorted(asked)
    )  # fmt: skip
    return Outcome((*opened, *more), (*await tickets_of(session, proposal), changed(proposal)), proposal.id)


async def open_up(
    session: AsyncSession, proposal: Proposal, now: datetime, tools: ProposalTools, staff_id: int
) -> tuple[Reply, ...]:
    """From now on residents know of it: the card, and the search for supporters."""
    rules = tools.rules
    proposal.state, proposal.threshold = ProposalState.GATHERING, rules.supporters
    proposal.gather_until = proposal.next_at = rules.end_of(now, rules.gather_days)
    proposal.supporters = await count_supporters(session, proposal.id)
    until = rules.day_words(proposal.gather_until)
    await take_step(session, proposal, "approved", now, rules, staff_id=staff_id, n=proposal.threshold, until=until)
    buttons = (press("support", proposal.id), press("show", proposal.id))
    card = tell_groups(proposal, rules, "proposal.card", "card", card=True, buttons=buttons, until=until)
    if proposal.supporters >= proposal.threshold:  # a threshold of one
        return (card, *await start_discussion(session, proposal, now, tools))
    return (card,)


async def review_proposal(
    session: AsyncSession, command: ReviewProposal, now: datetime, tools: ProposalTools
) -> Outcome:
    """Of two who decide at once the first has decided."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id)
    if proposal.state != ProposalState.WAITING:
        raise MoveRefused("decided already", phrase="proposal.reviewed", title=proposal.title)
    reason = command.reason.strip()[:LONGEST_REASON]
    if not command.approve and not reason:
        raise InvalidInput("no reason", phrase="proposal.say_why")
    proposal.reviewed_at, proposal.reviewed_by, proposal.reason = now, staff.id, reason
    if command.approve:
        replies = await open_up(session, proposal, now, tools, staff.id)
    elif command.into is not None:
        replies = await _merge(session, proposal, command.into, now, tools)
    else:
        proposal.state, proposal.ended_at, proposal.next_at = ProposalState.REFUSED, now, None
        await take_step(session, proposal, "refused", now, tools.rules, staff_id=staff.id, reason=reason)
        replies = ()
    await session.flush()
    freed = await tickets_of(session, proposal, over=True) if proposal.state == ProposalState.REFUSED else ()
    return Outcome((*replies, *_own_word(proposal, tools)), (*freed, changed(proposal)), proposal.id)


def _own_word(proposal: Proposal, tools: ProposalTools) -> tuple[Reply, ...]:
    """Its author need not wait for the evening to hear what the review said."""
    if proposal.resident_id is None:
        return ()
    merged = proposal.state == ProposalState.MERGED
    phrase = "proposal.own_open" if proposal.public else f"proposal.own_{'merged' if merged else 'refused'}"
    key = f"reviewed:{proposal.state}"
    return (tell_one(proposal, proposal.resident_id, tools.rules, phrase, key, immediate=False,
                     reason=proposal.reason),)  # fmt: skip


async def _merge(
    session: AsyncSession, proposal: Proposal, number: int, now: datetime, tools: ProposalTools
) -> tuple[Reply, ...]:
    """Who was behind the one is behind the other."""
    query = select(Proposal.id).where(Proposal.community_id == proposal.community_id, Proposal.number == number)
    into_id = await session.scalar(query.where(Proposal.id != proposal.id))
    into = await lock(session, Proposal, into_id) if into_id is not None else None
    if into is None or into.state not in LIVE - {ProposalState.WAITING}:
        raise InvalidInput("no such proposal", phrase="proposal.bad.into")
    proposal.state, proposal.merged_into_id = ProposalState.MERGED, into.id
    proposal.ended_at, proposal.next_at = now, None
    await take_step(session, proposal, "merged", now, tools.rules, title=into.title)
    for support in list(await session.scalars(select(Support).where(Support.proposal_id == proposal.id))):
        counted = into.state in TAKES_SUPPORT and support.kind != Behind.REPORTER
        await stand_behind(session, into, support.resident_id, Behind.SUPPORTER if counted else Behind.REPORTER, now)
    into.supporters = await count_supporters(session, into.id)
    if into.state == ProposalState.GATHERING and into.supporters >= into.threshold:
        return await start_discussion(session, into, now, tools)
    return ()
