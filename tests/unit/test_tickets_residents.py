"""What residents do with tickets: follow, urge, ask, rate, praise; and what staff say to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience
from actions.people.model import Level, Role
from actions.tickets.commands import (
    AnswerTicket,
    FollowTicket,
    GiveFeedback,
    ListMyTickets,
    Move,
    MoveTicket,
    NoteTicket,
    RateTicket,
    ShowTicket,
    UrgeTicket,
    Where,
)
from actions.tickets.model import Status
from tests.support.desk import CHAT, Desk, phrases_of, replies_to, words


async def test_my_house_too_counts_once_and_hears_how_it_ends(desk: Desk) -> None:
    ticket = await desk.open()
    laoli = await desk.resident("laoli")
    assert phrases_of(await desk.do(FollowTicket(ticket.id, laoli))) == ["ticket.followed"]
    assert phrases_of(await desk.do(FollowTicket(ticket.id, laoli))) == ["ticket.followed_already"]
    assert ticket.affected == 2
    await desk.moves(ticket, "accept", "take")
    handled = await desk.move(ticket, Move.HANDLE)
    assert [(r.to, r.resident_id == laoli.id) for r in handled.replies] == [
        ("chat", False),
        ("private", True),
    ]
    closed = await desk.moves(ticket, "check")
    outcome = await desk.move(closed, Move.CLOSE)
    assert [len(reply.buttons) for reply in outcome.replies] == [5, 0]


async def test_nobody_follows_a_secret_or_something_that_is_over(desk: Desk) -> None:
    laoli = await desk.resident("laoli")
    secret, over = await desk.open("safety_tip/theft"), await desk.closed()
    with pytest.raises(NotAllowed):
        await desk.do(FollowTicket(secret.id, laoli))
    with pytest.raises(MoveRefused):
        await desk.do(FollowTicket(over.id, laoli))
    with pytest.raises(NotAllowed):
        await desk.do(FollowTicket(over.id, await desk.staff(Role.ADMIN)))


async def test_merged_into_one_all_reporters_hear_the_end(desk: Desk) -> None:
    first = await desk.open()
    second = await desk.open(who="laoli")
    await desk.do(FollowTicket(second.id, await desk.resident("xinlai")))
    outcome = await desk.move(second, Move.MERGE, into_ref=first.ref)
    assert [reply.params["into"] for reply in outcome.replies[:2]] == [first.ref] * 2
    assert phrases_of(outcome)[2:] == ["staff.crowd"]
    assert (second.status, second.merged_into_id, first.affected) == (Status.MERGED, first.id, 3)
    await desk.moves(first, "accept", "take")
    handled = await desk.move(first, Move.HANDLE)
    people = [(await desk.resident(name)).id for name in ("amei", "laoli", "xinlai")]
    assert [reply.resident_id for reply in handled.replies] == people


async def test_a_merge_needs_another_open_ticket(desk: Desk) -> None:
    ticket, over = await desk.open(), await desk.closed()
    for ref in ("", "20261118-9999", ticket.ref):
        with pytest.raises(InvalidInput):
            await desk.move(ticket, Move.MERGE, into_ref=ref)
    with pytest.raises(MoveRefused) as refused:
        await desk.move(ticket, Move.MERGE, into_ref=over.ref)
    assert refused.value.phrase == "refused.merge_into_closed"


async def test_a_secret_is_not_merged_with_what_is_public(desk: Desk) -> None:
    secret, public = await desk.open("safety_tip/theft"), await desk.open()
    with pytest.raises(InvalidInput) as refused:
        await desk.move(secret, Move.MERGE, into_ref=public.ref)
    assert refused.value.phrase == "error.merge_secret"


async def test_who_follows_does_not_learn_the_door_of_who_reported(desk: Desk) -> None:
    ticket = await desk.open(where=Where("3", "2", "5", "501"))
    laoli = await desk.resident("laoli")
    await desk.do(FollowTicket(ticket.id, laoli))
    await desk.moves(ticket, "accept", "take")
    said = [*(await desk.move(ticket, Move.HANDLE)).replies]
    said += (await desk.do(ListMyTickets(ticket.community_id, laoli))).replies
    said += (await desk.do(ShowTicket(ticket.community_id, laoli, ticket.ref))).replies
    assert all("501" not in f"{words(reply)} {reply.card} {reply.params}" for reply in said)


async def test_the_same_reporter_twice_is_told_once(desk: Desk) -> None:
    first, second = await desk.open(), await desk.open()
    await desk.move(second, Move.MERGE, into_ref=first.ref)
    await desk.moves(first, "accept", "take")
    assert len((await desk.move(first, Move.HANDLE)).replies) == 1


async def test_urging_counts_and_staff_hear_it_once_an_hour(desk: Desk) -> None:
    ticket = await desk.open()
    urge = UrgeTicket(ticket.community_id, await desk.resident("amei"))
    told = []
    for minutes in (0, 20, 30, 9, 2, 50):
        desk.now += timedelta(minutes=minutes)
        told.append("staff.urged" in phrases_of(await desk.do(urge)))
    assert told == [True, False, False, False, True, False]
    assert ticket.urged == 6


async def test_urging_what_is_late_is_answered_honestly(desk: Desk) -> None:
    ticket = await desk.open("service_request/elevator")
    desk.now += timedelta(hours=5)
    outcome = await desk.do(UrgeTicket(ticket.community_id, await desk.resident("amei"), ref=ticket.ref))
    assert phrases_of(outcome)[0] == "ticket.late_urged"


async def test_there_is_nothing_to_urge_when_all_is_over_or_not_theirs(desk: Desk) -> None:
    ticket = await desk.closed()
    amei, laoli = await desk.resident("amei"), await desk.resident("laoli")
    with pytest.raises(NotFound) as none_open:
        await desk.do(UrgeTicket(ticket.community_id, amei))
    with pytest.raises(MoveRefused):
        await desk.do(UrgeTicket(ticket.community_id, amei, ref=ticket.ref))
    with pytest.raises(NotFound) as none_such:
        await desk.do(UrgeTicket(ticket.community_id, laoli, ref=ticket.ref))
    assert (none_open.value.phrase, none_such.value.phrase) == ("ticket.none_open", "ticket.none_such")
    with pytest.raises(NotAllowed):
        await desk.do(UrgeTicket(ticket.community_id, await desk.staff(Role.ADMIN)))


@pytest.mark.parametrize("ref", ["20261118-0002", "202611180002", "0002", "2", "#2", ""])
async def test_a_ticket_is_found_by_its_number_its_last_digits_or_as_the_latest(desk: Desk, ref: str) -> None:
    await desk.open()
    wanted = await desk.open("consult", "怎么办居住证")
    await desk.open(who="laoli")
    outcome = await desk.do(ShowTicket(wanted.community_id, await desk.resident("amei"), ref))
    assert outcome.value == wanted.id
    assert outcome.replies[0].card is not None
    assert outcome.replies[0].card["ref"] == wanted.ref


async def test_what_is_over_is_shown_without_a_promise(desk: Desk) -> None:
    ticket = await desk.closed()
    outcome = await desk.do(ShowTicket(ticket.community_id, await desk.resident("amei")))
    assert words(outcome.replies[0]) == f"{ticket.ref} 供水排水：已办结。"


async def test_a_secret_is_shown_in_private_only(desk: Desk) -> None:
    ticket = await desk.open("safety_tip/theft")
    outcome = await desk.do(ShowTicket(ticket.community_id, await desk.resident("amei"), ticket.ref))
    assert [reply.to for reply in outcome.replies] == [Audience.PRIVATE]


async def test_my_tickets_are_listed_in_private(desk: Desk) -> None:
    laoli = await desk.resident("laoli")
    community = await desk.community_id()
    assert phrases_of(await desk.do(ListMyTickets(community, laoli))) == ["ticket.list_empty"]
    followed, own = await desk.open(), await desk.open(who="laoli")
    await desk.do(FollowTicket(followed.id, laoli))
    outcome = await desk.do(ListMyTickets(community, laoli))
    assert outcome.value == (own.id, followed.id)
    assert words(outcome.replies[0]).splitlines()[1] == f"{own.ref} 供水排水：已登记，正在看"
    assert outcome.replies[0].to is Audience.PRIVATE
    with pytest.raises(NotAllowed):
        await desk.do(ListMyTickets(community, await desk.staff(Role.ADMIN)))


@pytest.mark.parametrize("score", [3, 4, 5])
async def test_a_good_rating_is_thanked_for_and_nobody_asks_again(desk: Desk, score: int) -> None:
    ticket = await desk.closed()
    outcome = await desk.do(RateTicket(ticket.id, await desk.resident("amei"), score, "挺好"))
    assert phrases_of(outcome) == ["rating.thanks"]
    assert (ticket.status, ticket.rating) == (Status.RATED, score)
    assert await desk.ring(timedelta(days=9)) == []
    assert (await desk.articles(ticket))[-1].text == f"{score} 挺好"


@pytest.mark.parametrize("score", [1, 2])
async def test_a_bad_rating_reopens_once_one_level_up(desk: Desk, score: int) -> None:
    ticket = await desk.open()
    await desk.moves(ticket, "accept", "dispatch", "handle", "check", "close")
    amei = await desk.resident("amei")
    outcome = await desk.do(RateTicket(ticket.id, amei, score))
    assert phrases_of(outcome) == ["rating.low", "staff.reopened"]
    assert outcome.replies[0].params["who"] == "committee"
    assert (ticket.status, ticket.level, ticket.rating, ticket.reopened) == (
        Status.ACCEPTED,
        Level.COMMUNITY,
        None,
        1,
    )
    assert [event.name for event in outcome.events] == ["TicketRated", "TicketMoved"]
    await desk.moves(ticket, "dispatch", "handle", "check", "close")
    again = await desk.do(RateTicket(ticket.id, amei, score))
    assert phrases_of(again) == ["rating.low_again", "staff.low_rating"]
    assert (ticket.status, ticket.rating) == (Status.RATED, score)


async def test_reopened_by_staff_before_the_resident_keeps_their_own_chance(desk: Desk) -> None:
    ticket = await desk.closed()
    await desk.moves(ticket, "reopen", "take", "handle", "check", "close")
    assert phrases_of(await desk.do(RateTicket(ticket.id, await desk.resident("amei"), 1)))[0] == "rating.low"


async def test_a_second_tap_changes_nothing_and_a_late_one_still_counts(desk: Desk) -> None:
    ticket = await desk.closed()
    amei = await desk.resident("amei")
    await desk.ring(timedelta(days=1))
    await desk.ring(timedelta(days=1))
    assert phrases_of(await desk.do(RateTicket(ticket.id, amei, 4))) == ["rating.thanks"]
    assert phrases_of(await desk.do(RateTicket(ticket.id, amei, 1))) == ["rating.already"]
    assert ticket.rating == 4


async def test_only_the_reporter_rates_with_one_to_five_and_after_closing(desk: Desk) -> None:
    ticket, running = await desk.closed(), await desk.open()
    amei, laoli = await desk.resident("amei"), await desk.resident("laoli")
    await desk.do(FollowTicket(running.id, laoli))
    for score in (0, 6, -1):
        with pytest.raises(InvalidInput):
            await desk.do(RateTicket(ticket.id, amei, score))
    with pytest.raises(MoveRefused):
        await desk.do(RateTicket(running.id, amei, 5))
    with pytest.raises(MoveRefused) as follower:
        await desk.do(RateTicket(running.id, laoli, 5))
    assert follower.value.phrase == "error.not_reporter"
    with pytest.raises(MoveRefused):
        await desk.do(MoveTicket(running.id, Move.WITHDRAW, laoli))
    with pytest.raises(NotAllowed):
        await desk.do(RateTicket(ticket.id, await desk.staff(Role.ADMIN), 5))


async def test_praise_is_kept_at_the_matter_it_belongs_to(desk: Desk) -> None:
    ticket = await desk.closed()
    amei = await desk.resident("amei")
    outcome = await desk.do(GiveFeedback(ticket.community_id, amei, "师傅真好", CHAT))
    assert (outcome.value, phrases_of(outcome)) == (ticket.id, ["feedback.thanks", "staff.feedback"])
    assert (await desk.articles(ticket))[-1].text == "师傅真好"
    desk.now += timedelta(days=15)
    later = await desk.do(GiveFeedback(ticket.community_id, amei, "还是那位师傅好", CHAT))
    assert (await desk.ticket(later.value.ticket_id)).service == "feedback"


async def test_feedback_on_nothing_is_a_ticket_of_its_own(desk: Desk) -> None:
    community = await desk.community_id()
    outcome = await desk.do(GiveFeedback(community, await desk.resident("amei"), "物业越来越差", CHAT))
    assert (await desk.ticket(outcome.value.ticket_id)).service == "feedback"
    by_staff = await desk.do(GiveFeedback(community, await desk.staff(Role.COMMITTEE), "居民来电表扬"))
    assert (await desk.ticket(by_staff.value.ticket_id)).reporter_id is None
    with pytest.raises(InvalidInput):
        await desk.do(GiveFeedback(community, await desk.resident("amei"), " "))


async def test_staff_answer_into_the_group_or_in_private(desk: Desk) -> None:
    ticket = await desk.open()
    steward = await desk.staff(Role.STEWARD)
    public = await desk.do(AnswerTicket(ticket.id, steward, "下午三点到", pictures=("p1",)))
    private = await desk.do(AnswerTicket(ticket.id, steward, "请带钥匙", private=True))
    (said,), (whispered,) = public.replies, private.replies
    assert (said.to, said.chat_id, said.staff_id, said.pictures) == (Audience.CHAT, CHAT, steward.id, ("p1",))
    assert (whispered.to, whispered.chat_id) == (Audience.PRIVATE, None)
    assert said.effect_key != whispered.effect_key
    assert "下午三点到" in words(said)
    assert [article.told for article in (await desk.articles(ticket))[-2:]] == ["下午三点到", "请带钥匙"]


async def test_secrets_are_answered_in_private_whatever_is_asked(desk: Desk) -> None:
    ticket = await desk.open("safety_tip/theft")
    outcome = await desk.do(AnswerTicket(ticket.id, await desk.staff(Role.POLICE), "已在查"))
    assert replies_to(outcome, Audience.CHAT) == []
    assert len(replies_to(outcome, Audience.PRIVATE)) == 1


async def test_notes_stay_inside(desk: Desk) -> None:
    ticket = await desk.open()
    outcome = await desk.do(NoteTicket(ticket.id, await desk.staff(Role.STEWARD), "上次也是这根管"))
    assert outcome.replies == ()
    assert (await desk.articles(ticket))[-1].internal


async def test_who_may_not_write_into_a_ticket_does_not(desk: Desk) -> None:
    ticket = await desk.open()
    for actor in (await desk.resident("amei"), await desk.staff(Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            await desk.do(NoteTicket(ticket.id, actor, "看看"))
    with pytest.raises(InvalidInput):
        await desk.do(NoteTicket(ticket.id, await desk.staff(Role.STEWARD), " "))
    ticket.reporter_id = None
    with pytest.raises(InvalidInput) as nobody:
        await desk.do(AnswerTicket(ticket.id, await desk.staff(Role.STEWARD), "在吗"))
    assert nobody.value.phrase == "error.no_reporter"
