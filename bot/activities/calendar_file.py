"""Activities as an iCalendar file (RFC 5545), to be put into a phone's own calendar. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from actions.activities.model import Activity, ActivityState

LONGEST_LINE = 75  # octets, without the line break
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def write_calendar(activities: Iterable[Activity], host: str, now: datetime) -> str:
    """The file's text. ``host`` makes the ids of one installation its own."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Linan//Activities//ZH", "CALSCALE:GREGORIAN"]
    for activity in activities:
        lines += _event(activity, host, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in fold_line(line))


def _event(activity: Activity, host: str, now: datetime) -> list[str]:
    status = "CANCELLED" if activity.state == ActivityState.CANCELLED else "CONFIRMED"
    about = [f"DESCRIPTION:{escape(activity.about)}"] if activity.about else []
    return [
        "BEGIN:VEVENT",
        f"UID:activity-{activity.id}@{host}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(activity.starts_at)}",
        f"DTEND:{_instant(activity.ends_at)}",
        f"SEQUENCE:{activity.sequence}",
        f"STATUS:{status}",
        f"SUMMARY:{escape(activity.title)}",
        f"LOCATION:{escape(activity.place)}",
        *about,
        "END:VEVENT",
    ]


def escape(text: str) -> str:
    """A value of type TEXT."""
    return text.translate(_ESCAPES)


def fold_line(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets; those after the first begin with a blank. No character is cut in two."""
    piece, octets = "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > LONGEST_LINE:
            yield piece
            piece, octets = " ", 1
        piece, octets = piece + char, octets + size
    yield piece


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
