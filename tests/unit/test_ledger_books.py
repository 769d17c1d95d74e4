"""The books of the time bank come out whatever is done to them, in whatever order, however often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from actions.errors import ActionError, InvalidInput
from actions.ledger import commands as c
from actions.ledger.book import InsufficientHours
from actions.ledger.crediting import weigh
from actions.ledger.lots import lots_of
from actions.ledger.model import ShopItem, ShopOrder, TimeAccount, TimeClaim, TimeEntry, TimeGift, TimePosting
from tests.support.ledger import LEDGER, NAMES, Bank, open_bank

who = st.sampled_from(NAMES)
minutes = st.integers(min_value=-90, max_value=780)
pick = st.integers(min_value=0, max_value=7)
source = st.integers(min_value=0, max_value=5)  # few: the same source comes again and again
step = st.one_of(
    st.tuples(st.just("give"), who, minutes, st.sampled_from(sorted(LEDGER.kinds)), st.integers(0, 3), source),
    st.tuples(st.just("claim"), who, minutes, source),
    st.tuples(st.just("enter"), who, minutes, source),
    st.tuples(st.just("confirm"), pick),
    st.tuples(st.just("answer"), pick, st.booleans()),
    st.tuples(st.just("amend"), pick, minutes),
    st.tuples(st.just("refuse"), pick),
    st.tuples(st.just("donate"), who, minutes, source),
    st.tuples(st.just("grant"), who, minutes, source),
    st.tuples(st.just("order"), who, source),
    st.tuples(st.just("cancel"), pick),
    st.tuples(st.just("hand_over"), pick),
    st.tuples(st.just("reverse"), pick),
    st.tuples(st.just("gift"), who, who, minutes, source),
    st.tuples(st.just("gift"), st.just("amei"), st.just("laoli"), st.integers(1, 120), st.integers(6, 40)),
    st.tuples(st.just("take"), pick, who, st.booleans()),
    st.tuples(st.just("take"), pick, st.just("laoli"), st.booleans()),
    st.tuples(st.just("clock"), st.sampled_from([1, 8, 40, 400, 800])),
)


async def _nth(bank: Bank, model: Any, number: int) -> Any:
    rows = (await bank.session.scalars(select(model).order_by(model.id))).all()
    return rows[number % len(rows)] if rows else None


async def play(bank: Bank, item: int, one: tuple[Any, ...]) -> None:
    """One step of a history. What is refused is refused."""
    what, *rest = one
    today, desk = LEDGER.today(bank.now), bank.staff["committee"]
    if what == "clock":
        await bank.ring(days=rest[0])
        return
    if what in ("confirm", "answer", "amend", "refuse"):
        claim = await _nth(bank, TimeClaim, rest[0])
        if claim is None:
            return
        orders = {
            "confirm": lambda: c.ConfirmClaim(claim.id, desk),
            "answer": lambda: c.AnswerClaim(claim.id, claim.resident_id, rest[1]),
            "amend": lambda: c.AmendClaim(claim.id, desk, rest[1], "看过签到表"),
            "refuse": lambda: c.RefuseClaim(claim.id, desk, "没有这回事"),
        }
        await bank.do(orders[what]())
    elif what in ("cancel", "hand_over"):
        order = await _nth(bank, ShopOrder, rest[0])
        if order is not None:
            await bank.do(
                c.CancelOrder(order.id, desk, text="没货") if what == "cancel" else c.HandOverOrder(order.id, desk)
            )
    elif what == "take":
        gift = await _nth(bank, TimeGift, rest[0])
        if gift is not None:  # mostly by one of the two, now and then by somebody else
            await bank.do(c.AnswerGift(gift.id, bank.people[rest[1]], rest[2]))
    elif what == "gift":
        me, them = bank.people[rest[0]], bank.people[rest[1]]
        await bank.do(c.GiveHours(bank.community, me, them, rest[2], f"gift:{rest[3]}"))
    elif what == "reverse":
        entry = await _nth(bank, TimeEntry, rest[0])
        if entry is not None:
            await bank.do(c.ReverseEntry(entry.id, desk, "登记错了"))
    else:
        me = bank.people[rest[0]]
        here, key = bank.community, f"{what}:{rest[-1]}"
        build: dict[str, Callable[[], Any]] = {
            "claim": lambda: c.ClaimHours(here, me, "巡逻", key, rest[1], today),
            "enter": lambda: c.EnterHours(here, desk, me, "patrol", rest[1], today, key),
            "donate": lambda: c.Donate(here, me, rest[1], key),
            "grant": lambda: c.GrantHours(here, desk, me, rest[1], "腿脚不便", key),
            "order": lambda: c.OrderItem(here, me, item, key),
        }
        if what == "give":
            await bank.give(rest[0], rest[1], rest[2], rest[3], key)
        else:
            await bank.do(build[what]())


async def check(bank: Bank, item: int, stock: int) -> None:
    """What holds after every step."""
    accounts = (await bank.session.scalars(select(TimeAccount))).all()
    assert all(account.balance >= 0 for account in accounts if account.kind != "pool")
    assert sum(account.balance for account in accounts) == 0
    assert all(account.balance <= LEDGER.holding for account in accounts if account.kind == "resident")
    claims = (await bank.session.scalars(select(TimeClaim))).all()
    credited: dict[Any, int] = {}
    for claim in claims:
        key = (claim.resident_id, claim.kind, claim.done_on)
        credited[key] = credited.get(key, 0) + claim.credited
    assert all(minutes <= LEDGER.kinds[kind].day for (_, kind, _), minutes in credited.items() if kind)
    left = (await bank.session.get_one(ShopItem, item)).stock
    taken = [o for o in await bank.session.scalars(select(ShopOrder)) if o.state != "cancelled"]
    assert left == stock - len(taken)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=5, max_size=30))
def test_the_books_balance_after_any_history(history: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        async with open_bank() as bank:
            made = await bank.do(c.SaveItem(bank.community, bank.staff["committee"], "大米", 120, 2))
            await bank.rich("amei", 600)
            for one in history:
                try:
                    await play(bank, made.value, one)
                except ActionError:
                    bank.session.expire_all()
                await check(bank, made.value, 2)
            proof = await bank.proof()
            assert proof.holds, proof

    asyncio.run(run())


async def test_a_gift_is_laid_aside_taken_once_or_comes_back_as_it_was() -> None:
    async with open_bank() as bank:
        here, (amei, laoli, xiaochen) = bank.community, (bank.people[name] for name in NAMES)
        await bank.rich("amei", 480)
        before = await snapshot(bank)

        async def give(key: str) -> int:
            return int((await bank.do(c.GiveHours(here, amei, laoli, 120, key))).value)

        gift = await give("one")
        assert (await bank.do(c.GiveHours(here, amei, laoli, 120, "one"))).value is None  # pressed twice
        assert (await bank.balance("amei"), await bank.balance(kind="hold")) == (360, 120)
        entry = (await bank.session.scalars(select(TimeEntry).order_by(TimeEntry.id.desc()))).first()
        assert entry is not None
        for refused in (
            c.ReverseEntry(entry.id, bank.staff["committee"], "登记错了"),
            c.AnswerGift(gift, xiaochen, takes=True),
            c.AnswerGift(gift, amei, takes=True),
            c.GiveHours(here, amei, amei, 60, "own"),
        ):
            with pytest.raises(ActionError):
                await bank.do(refused)
        await bank.do(c.AnswerGift(gift, laoli, takes=False))
        assert await snapshot(bank) == before
        assert (await bank.proof()).holds

        for number, answer in enumerate((amei, None)):  # taken back by who gave it; or nobody answers
            gift = await give(f"again:{number}")
            if answer is None:
                await bank.ring(days=7, minutes=1)
            else:
                await bank.do(c.AnswerGift(gift, answer, takes=False))
            assert await snapshot(bank) == before
            late = await bank.do(c.AnswerGift(gift, laoli, takes=True))
            assert [reply.phrase for reply in late.replies] == ["ledger.gift_settled"]
        assert [one.state for one in await bank.session.scalars(select(TimeGift).order_by(TimeGift.id))] == [
            "declined", "withdrawn", "lapsed",
        ]  # fmt: skip

        await bank.do(c.AnswerGift(await give("last"), laoli, takes=True))
        assert (await bank.balance("amei"), await bank.balance("laoli")) == (360, 120)
        assert await bank.balance(kind="hold") == 0
        for number in range(3):
            await give(f"more:{number}")
        with pytest.raises(ActionError, match="several wait"):
            await give("more:4")
        assert (await bank.proof()).holds


async def test_hours_that_were_given_end_for_their_new_owner_after_they_were_told() -> None:
    async with open_bank() as bank:
        await bank.give("amei", 100)
        await bank.ring(days=735)  # told, and nearly over
        gift = await bank.do(c.GiveHours(bank.community, bank.people["amei"], bank.people["laoli"], 100, "x"))
        await bank.do(c.AnswerGift(gift.value, bank.people["laoli"], takes=True))
        bank.said.clear()
        await bank.ring(days=20)
        assert await bank.balance("laoli") == 100
        for _ in range(2):
            await bank.ring(days=31)
        assert [one.phrase for one in bank.said] == ["ledger.ends_soon", "ledger.ended"]
        assert (await bank.balance("laoli"), await bank.balance(kind="expired")) == (0, 100)
        assert (await bank.proof()).holds


async def test_what_is_laid_aside_and_belongs_to_nobody_is_found() -> None:
    async with open_bank() as bank:
        await bank.rich("amei", 240)
        await bank.do(c.GiveHours(bank.community, bank.people["amei"], bank.people["laoli"], 90, "x"))
        await bank.session.execute(update(TimeGift).values(state="declined"))
        bank.session.expire_all()
        assert [(one.what, one.found, one.expected) for one in (await bank.proof()).faults] == [("hold", 90, 0)]


async def snapshot(bank: Bank) -> dict[tuple[str, int], int]:
    bank.session.expire_all()
    rows = await bank.session.scalars(select(TimeAccount))
    return {(account.kind, account.holder): account.balance for account in rows if account.balance}


@pytest.mark.parametrize("what", ["earn", "beyond", "donate", "grant", "order"])
async def test_a_reversal_restores_every_balance_and_goes_once(what: str) -> None:
    async with open_bank() as bank:
        await bank.rich("amei", 960)
        await bank.do(c.Donate(bank.community, bank.people["amei"], 120, "before"))
        desk, amei = bank.staff["committee"], bank.people["amei"]
        item = (await bank.do(c.SaveItem(bank.community, desk, "大米", 120, 1))).value
        before = await snapshot(bank)
        acts: dict[str, Callable[[], Awaitable[Any]]] = {
            "earn": lambda: bank.give("laoli", 90),
            "beyond": lambda: bank.give("laoli", 600),
            "donate": lambda: bank.do(c.Donate(bank.community, amei, 60, "x")),
            "grant": lambda: bank.do(c.GrantHours(bank.community, desk, bank.people["laoli"], 60, "腿脚不便", "x")),
            "order": lambda: bank.do(c.OrderItem(bank.community, amei, item, "x")),
        }
        done = (await acts[what]()).value
        assert await snapshot(bank) != before
        entry = (await bank.session.scalars(select(TimeEntry).order_by(TimeEntry.id.desc()))).first()
        assert entry is not None
        back: Any = c.ReverseEntry(entry.id, desk, "登记错了")
        if what == "order":
            with pytest.raises(ActionError):
                await bank.do(back)
            back = c.CancelOrder(done, desk, text="没货")
        await bank.do(back)
        assert await snapshot(bank) == before
        with pytest.raises(ActionError):
            await bank.do(back)
        assert await snapshot(bank) == before
        assert (await bank.proof()).holds


async def test_what_was_spent_cannot_be_taken_back() -> None:
    async with open_bank() as bank:
        await bank.give("amei", 120)
        entry = (await bank.session.scalars(select(TimeEntry))).one()
        await bank.do(c.Donate(bank.community, bank.people["amei"], 90, "x"))
        with pytest.raises(InsufficientHours):
            await bank.do(c.ReverseEntry(entry.id, bank.staff["committee"], "登记错了"))
        assert await bank.balance("amei") == 30


@pytest.mark.parametrize(
    "statement",
    [
        update(TimePosting).values(minutes=1),
        delete(TimePosting),
        update(TimeEntry).values(text="改"),
        delete(TimeEntry),
    ],
)
async def test_the_database_itself_keeps_the_book_as_it_is(statement: Any) -> None:
    async with open_bank() as bank:
        await bank.give("amei", 60)
        with pytest.raises(DBAPIError, match="append-only"):
            async with bank.session.begin_nested():
                await bank.session.execute(statement)
        assert (await bank.proof()).holds


async def test_the_database_itself_lets_no_balance_fall_below_zero() -> None:
    async with open_bank() as bank:
        await bank.give("amei", 60)
        accounts = {a.kind: a for a in await bank.session.scalars(select(TimeAccount))}
        entry = (await bank.session.scalars(select(TimeEntry))).one()
        legs = {"debit_id": accounts["resident"].id, "credit_id": accounts["pool"].id}
        posting = insert(TimePosting).values(community_id=bank.community, entry_id=entry.id, minutes=61, **legs)
        with pytest.raises(DBAPIError, match="never_below_zero"):
            await bank.session.execute(posting)


async def test_a_balance_that_was_tampered_with_is_found() -> None:
    async with open_bank() as bank:
        await bank.give("amei", 60)
        await bank.session.execute(update(TimeAccount).where(TimeAccount.kind == "resident").values(balance=61))
        bank.session.expire_all()
        proof = await bank.proof()
        assert [(fault.what, fault.found, fault.expected) for fault in proof.faults] == [("balance", 61, 60)]


@pytest.mark.parametrize("length", [0, -1, -120, LEDGER.longest + 1])
async def test_hours_below_or_at_zero_and_endless_ones_are_refused(length: int) -> None:
    async with open_bank() as bank:
        me, desk, today = bank.people["amei"], bank.staff["committee"], LEDGER.today(bank.now)
        orders = [
            c.ClaimHours(bank.community, me, "巡逻", "a", length, today),
            c.EnterHours(bank.community, desk, me, "patrol", length, today, "b"),
            c.RecordHours(bank.community, me, "patrol", length, today, "c"),
            c.Donate(bank.community, me, length, "d"),
            c.GrantHours(bank.community, desk, me, length, "因为", "e"),
        ]
        for order in orders:
            with pytest.raises(InvalidInput):
                await bank.do(order)
        assert await bank.session.scalar(select(TimeEntry.id)) is None


async def test_what_goes_beyond_a_cap_is_given_to_those_who_need_it_and_told() -> None:
    async with open_bank() as bank:
        await bank.give("amei", 180)
        await bank.give("amei", 180)
        assert (await bank.balance("amei"), await bank.balance(kind="fund")) == (240, 120)
        assert [reply.phrase for reply in bank.said] == ["ledger.credited", "ledger.credited_beyond"]


@given(st.integers(1, 1000), st.integers(0, 400), st.integers(0, 5000), st.integers(0, 90000))
def test_nothing_is_lost_between_resident_and_fund(given_: int, on_day: int, in_month: int, balance: int) -> None:
    kind = LEDGER.kinds["mediation"]
    worth = weigh(given_, kind, on_day, in_month, balance, LEDGER.holding)
    assert worth.credited >= 0
    assert worth.excess >= 0
    assert worth.credited + worth.excess == max(1, given_ * kind.percent // 100)


@given(st.lists(st.tuples(st.dates(), st.integers(1, 500)), max_size=8), st.integers(0, 4000))
def test_the_oldest_hours_are_spent_first(credits: list[Any], spent: int) -> None:
    total = sum(minutes for _, minutes in credits)
    left = lots_of(credits, min(spent, total))
    assert sum(lot.minutes for lot in left) == total - min(spent, total)
    assert [lot.expires_on for lot in left] == sorted(lot.expires_on for lot in left)
    whole = dict.fromkeys((day for day, _ in credits), 0)
    for day, minutes in credits:
        whole[day] += minutes
    assert all(lot.minutes == whole[lot.expires_on] for lot in left[1:])


async def test_hours_end_after_they_were_told_once_and_what_comes_back_is_told_again() -> None:
    async with open_bank() as bank:
        desk, amei = bank.staff["committee"], bank.people["amei"]
        item = (await bank.do(c.SaveItem(bank.community, desk, "大米", 60, 1))).value
        await bank.give("amei", 100)
        order = (await bank.do(c.OrderItem(bank.community, amei, item, "x"))).value
        bank.said.clear()
        await bank.ring(days=700)  # 2028-10-18: not yet
        assert bank.said == []
        await bank.ring(days=20)  # a month before 2028-12-01 has begun
        await bank.ring(days=1)
        assert [(r.phrase, r.params["amount"]) for r in bank.said] == [("ledger.ends_soon", "40分钟")]
        await bank.ring(days=40)
        await bank.ring(days=1)
        assert (await bank.balance("amei"), await bank.balance(kind="expired")) == (0, 40)
        await bank.do(c.CancelOrder(order, desk, text="没货"))
        bank.said.clear()
        await bank.ring(days=1)
        assert await bank.balance("amei") == 60  # it is told first
        await bank.ring(days=31)
        assert [r.phrase for r in bank.said] == ["ledger.ends_soon", "ledger.ended"]
        assert (await bank.balance("amei"), (await bank.proof()).holds) == (0, True)


async def test_tier_and_honour_follow_the_rules_and_go_with_what_they_were_given_for() -> None:
    async with open_bank() as bank:
        await bank.rich("amei", 3660)
        told = [reply.phrase for reply in bank.said if reply.phrase != "ledger.credited"]
        assert told.count("ledger.tier_reached") == 2
        assert "ledger.honoured_ask" in told
        mine = (await bank.session.scalars(select(TimeAccount).where(TimeAccount.kind == "resident"))).one()
        assert (mine.tier, mine.published) == ("leaf", False)
