"""The community's own rules: written, commented paragraph by paragraph, revised, adopted by the households."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import Audience, Event, Outcome, Reply
from actions.proposals.commands import (
    AdoptByVote,
    CommentParagraph,
    NoteBallot,
    OpenConvention,
    SettleComment,
    WriteConvention,
)
from actions.proposals.convention_model import Convention, ConventionVersion, ParagraphComment, VersionState
from actions.proposals.deciding import check_ballot
from actions.proposals.finding import DESKS, HEADS, LONGEST_REASON, get_resident, get_staff, lock
from actions.proposals.rules import ProposalTools

LONGEST_TITLE, LONGEST_PARAGRAPH, MOST_PARAGRAPHS, LONGEST_COMMENT = 40, 600, 100, 300
MOST_COMMENTS = 20  # of one resident to one version
FARTHEST = timedelta(days=180)
YES_NO = ("同意", "反对", "弃权")  # what the room of ballots counts as a yes and a no


def convention_event(convention_id: int, community_id: int) -> Event:
    """Something is new on its page."""
    return Event("ConventionChanged", community_id, {"convention_id": convention_id})


def _tell_groups(version: ConventionVersion, title: str, phrase: str, key: str, **params: object) -> Reply:
    return Reply(
        phrase,
        {"title": title, "version": version.number, **params},
        to=Audience.AREA,
        community_id=version.community_id,
        org_unit_id=version.community_id,
        immediate=False,
        effect_key=f"convention:{version.id}:{key}",
    )


async def write_convention(
    session: AsyncSession, command: WriteConvention, now: datetime, tools: ProposalTools
) -> Outcome:
    """A draft; one that is being written on is overwritten, one that was shown gets a successor."""
    staff = await get_staff(session, command.staff_id, command.community_id, DESKS)
    paragraphs = [tools.scrub(one.strip()) for one in command.paragraphs if one.strip()]
    if not 1 <= len(paragraphs) <= MOST_PARAGRAPHS or any(len(one) > LONGEST_PARAGRAPH for one in paragraphs):
        raise InvalidInput("paragraphs", phrase="convention.bad.text", most=MOST_PARAGRAPHS, longest=LONGEST_PARAGRAPH)
    convention = await _get_convention(session, command, now)
    versions = select(ConventionVersion).where(ConventionVersion.convention_id == convention.id)
    last = (await session.scalars(versions.order_by(ConventionVersion.number.desc()).limit(1))).first()
    if last is not None and last.state == VersionState.VOTING:
        raise MoveRefused("being voted on", phrase="convention.voting", title=convention.title)
    if last is not None and last.state == VersionState.DRAFT:
        last.paragraphs, last.staff_id, last.made_at = paragraphs, staff.id, now
        return Outcome(events=(convention_event(convention.id, convention.community_id),), value=last.id)
    version = ConventionVersion(
        community_id=convention.community_id, convention_id=convention.id, number=last.number + 1 if last else 1,
        base_id=last.id if last else None, paragraphs=paragraphs, state=VersionState.DRAFT, staff_id=staff.id,
        made_at=now,
    )  # fmt: skip
    session.add(version)
    await session.flush()
    return Outcome(events=(convention_event(convention.id, convention.community_id),), value=version.id)


async def _get_convention(session: AsyncSession, command: WriteConvention, now: datetime) -> Convention:
    if command.convention_id is not None:
        convention = await lock(session, Convention, command.convention_id)
        if convention.community_id != command.community_id:
            raise NotFound("elsewhere", phrase="proposal.none_such")
        return convention
    title = command.title.strip()
    if not 2 <= len(title) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="convention.bad.title", most=LONGEST_TITLE)
    values = {"community_id": command.community_id, "title": title, "made_at": now}
    made = await insert_once(session, Convention, values, ("community_id", "title"))
    if made is None:
        raise InvalidInput("there is one", phrase="convention.bad.twice", title=title)
    return await lock(session, Convention, made)


async def access_version(
    session: AsyncSession, version_id: int, staff_id: int, *, heads: bool = False
) -> tuple[ConventionVersion, Convention]:
    """A version, held, for staff of its community. Raises NotFound, NotAllowed."""
    version, convention = await _hold(session, version_id)
    await get_staff(session, staff_id, version.community_id, HEADS if heads else DESKS)
    return version, convention


async def _hold(session: AsyncSession, version_id: int) -> tuple[ConventionVersion, Convention]:
    """A version, held with its convention: of one text one thing happens at a time. Raises NotFound."""
    known = await session.get(ConventionVersion, version_id)
    if known is None:
        raise NotFound(f"version {version_id}", phrase="proposal.none_such")
    convention = await lock(session, Convention, known.convention_id)
    return await lock(session, ConventionVersion, version_id), convention


async def _check_no_vote(session: AsyncSession, convention: Convention) -> None:
    """Raise MoveRefused while another version is voted on: two that are adopted would undo each other."""
    voting = select(ConventionVersion.id).where(
        ConventionVersion.convention_id == convention.id, ConventionVersion.state == VersionState.VOTING
    )
    if await session.scalar(voting.limit(1)) is not None:
        raise MoveRefused("being voted on", phrase="convention.voting", title=convention.title)


async def open_convention(
    session: AsyncSession, command: OpenConvention, now: datetime, tools: ProposalTools
) -> Outcome:
    """The groups hear that they may comment; an older version that was open is dropped for it."""
    version, convention = await access_version(session, command.version_id, command.staff_id)
    if version.state != VersionState.DRAFT:
        raise MoveRefused("shown already", phrase="convention.shown", title=convention.title)
    if not now < command.until < now + FARTHEST:
        raise InvalidInput("until", phrase="convention.bad.until")
    await _check_no_vote(session, convention)
    older = select(ConventionVersion).where(
        ConventionVersion.convention_id == convention.id, ConventionVersion.state == VersionState.COMMENTING
    )
    for one in await session.scalars(older):
        one.state = VersionState.DROPPED
    version.state, version.opened_at, version.comments_until = VersionState.COMMENTING, now, command.until
    await session.flush()
    until = tools.rules.instant_words(command.until)
    group = _tell_groups(version, convention.title, "convention.open", "open", until=until)
    return Outcome((group,), (convention_event(convention.id, convention.community_id),), version.id)


async def comment_paragraph(
    session: AsyncSession, command: CommentParagraph, now: datetime, tools: ProposalTools
) -> Outcome:
    """While the version is open; the same is kept once."""
    await get_resident(session, command.resident_id, command.community_id)
    version = await session.get(ConventionVersion, command.version_id)
    if version is None or version.community_id != command.community_id or version.state == VersionState.DRAFT:
        raise NotFound("no such version", phrase="proposal.none_such")
    closed = version.comments_until is None or version.comments_until <= now
    if version.state != VersionState.COMMENTING or closed:
        raise MoveRefused("closed", phrase="convention.closed")
    text = tools.scrub(command.text.strip())
    if not 2 <= len(text) <= LONGEST_COMMENT or not 0 <= command.paragraph < len(version.paragraphs):
        raise InvalidInput("comment", phrase="convention.bad.comment", most=LONGEST_COMMENT)
    mine = (ParagraphComment.version_id == version.id, ParagraphComment.resident_id == command.resident_id)
    if (await session.scalar(select(func.count()).select_from(ParagraphComment).where(*mine)) or 0) >= MOST_COMMENTS:
        raise MoveRefused("too many", phrase="convention.too_many", most=MOST_COMMENTS)
    values = {"community_id": version.community_id, "version_id": version.id, "paragraph": command.paragraph,
              "resident_id": command.resident_id, "text": text, "at": now, "source": command.source[:64],
              "hidden_why": "", "reply": ""}  # fmt: skip
    made = await insert_once(session, ParagraphComment, values, ("community_id", "source"))
    return Outcome(events=(convention_event(version.convention_id, version.community_id),), value=made)


async def settle_comment(session: AsyncSession, command: SettleComment, now: datetime, tools: ProposalTools) -> Outcome:
    """What was made of it, or why it cannot stand; its author hears it."""
    comment = await lock(session, ParagraphComment, command.comment_id)
    version, convention = await access_version(session, comment.version_id, command.staff_id)
    text = tools.scrub(command.text.strip())[:LONGEST_REASON]
    if not text:
        raise InvalidInput("no words", phrase="proposal.say_why")
    if command.hide:
        comment.hidden_at, comment.hidden_why = comment.hidden_at or now, text
    else:
        comment.reply = text
    phrase = "convention.comment_hidden" if command.hide else "convention.comment_answered"
    own = Reply(
        phrase, {"title": convention.title, "paragraph": comment.paragraph + 1, "text": text}, to=Audience.PRIVATE,
        resident_id=comment.resident_id, community_id=version.community_id, immediate=False,
        effect_key=f"convention:comment:{comment.id}:{int(now.timestamp())}",
    )  # fmt: skip
    return Outcome((own,), (convention_event(convention.id, convention.community_id),), comment.id)


async def adopt_by_vote(session: AsyncSession, command: AdoptByVote, now: datetime, tools: ProposalTools) -> Outcome:
    """Comments end; the households decide."""
    version, convention = await access_version(session, command.version_id, command.staff_id, heads=True)
    if version.state != VersionState.COMMENTING:
        raise MoveRefused("not open", phrase="convention.not_open", title=convention.title)
    await _check_no_vote(session, convention)
    check_ballot(YES_NO, command.counting, command.rule, command.opens_at, command.closes_at, now)
    version.state, version.comments_until = VersionState.VOTING, min(version.comments_until or now, now)
    again = f":{version.ballot_id}" if version.ballot_id is not None else ""  # after one that fell through
    data = {
        "staff_id": command.staff_id, "source": f"convention:{version.id}{again}", "title": convention.title,
        "text": "\n".join(version.paragraphs), "options": YES_NO, "counting": command.counting, "rule": command.rule,
        "secret": command.secret, "opens_at": command.opens_at, "closes_at": command.closes_at, "unit_id": None,
    }  # fmt: skip
    await session.flush()
    events = (Event("BallotWanted", version.community_id, data), convention_event(convention.id, version.community_id))
    return Outcome(events=events, value=version.id)


async def note_ballot_of_convention(
    session: AsyncSession, version_id: int, command: NoteBallot, now: datetime, tools: ProposalTools
) -> Outcome:
    """Adopted, the version before is replaced; a ballot that falls through leaves it open to be put again."""
    version, convention = await _hold(session, version_id)
    if version.state != VersionState.VOTING:
        return Outcome()
    version.ballot_id = command.ballot_id
    event = convention_event(convention.id, convention.community_id)
    if command.what == "opened":
        return Outcome(events=(event,), value=version.id)
    if command.what == "cancelled":
        version.state = VersionState.COMMENTING
        return Outcome(events=(event,), value=version.id)
    version.decided_at = now
    if not command.passed:
        version.state = VersionState.REJECTED
        return Outcome((_tell_groups(version, convention.title, "convention.rejected", "vote"),), (event,), version.id)
    in_force = select(ConventionVersion).where(
        ConventionVersion.convention_id == convention.id, ConventionVersion.state == VersionState.ADOPTED
    )
    for one in await session.scalars(in_force):
        one.state = VersionState.REPLACED
    version.state = VersionState.ADOPTED
    return Outcome((_tell_groups(version, convention.title, "convention.adopted", "vote"),), (event,), version.id)
