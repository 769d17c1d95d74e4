"""Which activity is meant, and the doors to activities and sign-ups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import Which
from actions.activities.model import COMES, Activity, ActivityState, Signup
from actions.errors import NotFound
from actions.people.model import Resident, StaffMember
from actions.people.units import works_in
from actions.routing.rules import Rules

#: pairs of characters that name no activity
_COMMON = frozenset(
    "活动 社区 小区 报名 志愿 参加 居民 名额 位置 我们 大家 一个 周末 周一 周二 周三 周四 周五 周六 周日".split()
)
_NO_NAMES = (
    "报名",
    "还有",
    "取消",
    "名额",
    "活动",
    "位置",
    "接龙",
    "这个",
    "那个",
    "最近",
    "近期",
    "什么",
    "哪些",
    "周末",
    "今天",
    "明天",
)  # what a reader of names takes for one
_SAME = 0.5  # share of a spoken name's pairs that a title has


async def lock_activity(session: AsyncSession, activity_id: int) -> Activity:
    """The activity, fresh and held until the commit: places are given one at a time. Raises NotFound."""
    query = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = await session.scalar(query.execution_options(populate_existing=True))
    if activity is None:
        raise NotFound(f"activity {activity_id}", phrase="activity.none_such")
    return activity


async def access_as_staff(session: AsyncSession, activity_id: int, staff_id: int) -> tuple[Activity, StaffMember]:
    """The activity, held, for staff who work there. Raises NotFound."""
    activity, staff = await lock_activity(session, activity_id), await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, activity.community_id):
        raise NotFound(f"activity {activity_id}", phrase="activity.none_such")
    return activity, staff


async def access_signup(session: AsyncSession, signup_id: int, staff_id: int) -> tuple[Activity, Signup]:
    """A sign-up with its activity, held, for staff who work there. Raises NotFound."""
    signup = await session.get(Signup, signup_id)
    if signup is None:
        raise NotFound(f"signup {signup_id}", phrase="activity.none_such")
    activity, _ = await access_as_staff(session, signup.activity_id, staff_id)
    await session.refresh(signup)
    return activity, signup


async def get_resident(session: AsyncSession, resident_id: int, community_id: int) -> Resident:
    """Somebody of that community. Raises NotFound."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise NotFound(f"resident {resident_id}", phrase="activity.none_such")
    return resident


async def find_signup(session: AsyncSession, activity_id: int, resident_id: int) -> Signup | None:
    """The resident's sign-up, in whatever state, or None."""
    query = select(Signup).where(Signup.activity_id == activity_id, Signup.resident_id == resident_id)
    found: Signup | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def list_signups(session: AsyncSession, activity_id: int, states: Sequence[str] = COMES) -> Sequence[Signup]:
    """In order of their line."""
    query = select(Signup).where(Signup.activity_id == activity_id, Signup.state.in_(states))
    found = await session.scalars(query.order_by(Signup.number).execution_options(populate_existing=True))
    return found.all()


async def list_open(session: AsyncSession, community_id: int, now: datetime) -> Sequence[Activity]:
    """What has not begun yet, the next first."""
    query = select(Activity).where(
        Activity.community_id == community_id, Activity.state == ActivityState.OPEN, Activity.starts_at > now
    )
    return (await session.scalars(query.order_by(Activity.starts_at, Activity.id))).all()


async def list_coming(session: AsyncSession, community_id: int, resident_id: int, now: datetime) -> Sequence[Activity]:
    """What the resident signed up for and what is not over."""
    query = (
        select(Activity)
        .join(Signup, Signup.activity_id == Activity.id)
        .where(
            Activity.community_id == community_id,
            Activity.state == ActivityState.OPEN,
            Activity.ends_at > now,
            Signup.resident_id == resident_id,
            Signup.state.in_(COMES),
        )
    )
    return (await session.scalars(query.order_by(Activity.starts_at, Activity.id))).all()


async def get_of_community(session: AsyncSession, activity_id: int, community_id: int) -> Activity:
    """The activity of a card or button. Raises NotFound, also for one of elsewhere."""
    activity = await session.get(Activity, activity_id)
    if activity is None or activity.community_id != community_id or not is_public(activity):
        raise NotFound(f"activity {activity_id}", phrase="activity.none_such")
    return activity


def is_public(activity: Activity) -> bool:
    """Whether residents may know of it."""
    return activity.state in (ActivityState.OPEN, ActivityState.CANCELLED, ActivityState.ENDED)


def meant(which: Which, among: Sequence[Activity], rules: Rules) -> list[Activity]:
    """Those that fit what was said; all of them where nothing was said of which."""
    name = "" if any(word in which.name for word in _NO_NAMES) else which.name
    found = list(among)
    if name or which.text:
        scores = {one.id: max(_likeness(name, one.title), _mentions(which.text, one.title)) for one in found}
        best = max(scores.values(), default=0.0)
        if best >= _SAME:
            found = [one for one in found if scores[one.id] == best]
        elif name:
            return []
    if which.days:
        zone = rules.calendar.zone
        found = [one for one in found if one.starts_at.astimezone(zone).date() in which.days]
    return found


def _pairs(text: str) -> list[str]:
    plain = "".join(c for c in text if c.isalnum())
    return [pair for i in range(len(plain) - 1) if (pair := plain[i : i + 2]) not in _COMMON]


def _likeness(name: str, title: str) -> float:
    """How much of a spoken name stands in a title: all of it 1, "剪纸班" of "剪纸体验课" a half."""
    if name and name in title:
        return 1.0
    pairs, known = _pairs(name), set(_pairs(title))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0


def _mentions(text: str, title: str) -> float:
    """Whether a text that is not just a name speaks of that title."""
    if title in text:
        return 1.0
    known = set(_pairs(title))
    return 0.5 + 0.4 * sum(pair in text for pair in known) / len(known) if any(p in text for p in known) else 0.0
