"""Steps of chat scripts about activities: what staff do with one, and who has a place in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from actions.activities import commands as a
from actions.activities.model import Activity, Signup
from bot.clock import LOCAL_ZONE
from tests.support.world import World

KEYS = frozenset("activity of starts lasts until places capacity title place homes_only code_of name".split())


def instant(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=LOCAL_ZONE)


async def find(world: World, title: str = "") -> Activity:
    """The activity of that title, or the latest."""
    async with world.parts.db.read() as session:
        query = select(Activity).order_by(Activity.id.desc())
        found = await session.scalar(query.where(Activity.title == title) if title else query)
    assert found is not None, f"there is no activity {title}"
    return found


def details(step: Mapping[str, Any], known: Activity | None = None) -> a.Details:
    """What a step says of an activity; the rest as it is, or as activities usually are."""
    starts = instant(step["starts"]) if "starts" in step else known.starts_at if known else None
    assert starts is not None, "when does it start?"
    lasts = timedelta(hours=float(step.get("lasts", 2)))
    closes = instant(step["until"]) if "until" in step else None
    return a.Details(
        str(step.get("title", known.title if known else "羽毛球友谊赛")),
        str(step.get("place", known.place if known else "社区文体中心二楼")),
        starts,
        starts + lasts,
        int(step.get("capacity", known.capacity if known else 3)),
        closes_at=closes,
        homes_only=bool(step.get("homes_only", False)),
    )


async def activity_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step by staff."""
    what, staff, text = str(step["activity"]), world.staff[step["staff"]], str(step.get("text", ""))
    if what == "create":
        return a.CreateActivity(world.community_id, details(step), staff)
    activity = await find(world, str(step.get("of", "")))
    match what:
        case "change":
            return a.ChangeActivity(activity.id, staff, details(step, activity))
        case "cancel":
            return a.CancelActivity(activity.id, staff, text)
        case "approve" | "decline":
            return a.DecideActivity(activity.id, staff, what == "approve", text)
        case "add":
            return a.AddByStaff(activity.id, staff, str(step["name"]), int(step.get("capacity", 1)))
        case "thank":
            return a.ThankAll(activity.id, staff, text)
    signup = await _signup(world, activity, str(step["name"]))
    if what == "remove":
        return a.RemoveByStaff(signup.id, staff)
    return a.RecordAttendance(signup.id, staff, what == "attended")


async def _signup(world: World, activity: Activity, name: str) -> Signup:
    async with world.parts.db.read() as session:
        query = select(Signup).where(Signup.activity_id == activity.id, Signup.name == name)
        return (await session.scalars(query)).one()


async def check_activity(world: World, wanted: Mapping[str, str], title: str) -> None:
    """Names in order of their line → state and headcount: "confirmed 2"; ``state`` is the activity's own."""
    activity = await find(world, title)
    async with world.parts.db.read() as session:
        query = select(Signup).where(Signup.activity_id == activity.id).order_by(Signup.number)
        signups = (await session.scalars(query)).all()
    found = {one.name: f"{one.state} {one.headcount}" for one in signups}
    expected = {name: str(value) for name, value in wanted.items() if name != "state"}
    assert list(found.items()) == list(expected.items()), f"{found}"
    assert activity.state == wanted.get("state", activity.state), f"it is {activity.state}"
    taken = sum(one.headcount for one in signups if one.state in ("confirmed", "attended", "absent"))
    assert activity.taken == taken, f"{activity.taken} taken, {taken} given"
