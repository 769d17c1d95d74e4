"""A ballot as people read it: what it counts, its card, how many took part, how it came out, and who hears what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.ballots.book import BallotBook
from actions.ballots.counting import is_yes_no
from actions.ballots.model import Ballot, BallotState
from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules

COUNTS = {"household": "households", "area": "owners", "resident": "residents"}
HEAD_SHOWN = 8  # characters of the log's head that people can compare


def instant_words(at: datetime | None, rules: Rules, book: BallotBook) -> str:
    """An instant on the wall clock; none: staff say when."""
    if at is None:
        return book.words["no_end"]
    here = at.astimezone(rules.calendar.zone)
    return rules.words["date_time"].format_map({"month": here.month, "day": here.day, "time": f"{here:%H:%M}"})


def area_words(area: int, book: BallotBook) -> str:
    """Hundredths of a square metre as people write them."""
    text = f"{area // 100}.{area % 100:02d}".rstrip("0").rstrip(".")
    return book.words["square_metres"].format_map({"area": text})


def unit_words(ballot: Ballot, book: BallotBook) -> str:
    """What is counted: 户, 位业主, 人."""
    return book.words[COUNTS[ballot.counting]]


def params_of(ballot: Ballot, rules: Rules, book: BallotBook) -> dict[str, Any]:
    """What every text about a ballot may use; ``ballot_id`` lets its line be quoted."""
    return {
        "ballot_id": ballot.id,
        "ballot": ballot.title,
        "until": instant_words(ballot.closes_at, rules, book),
        "voters": ballot.voters,
        "voted": ballot.voted,
        "unit": unit_words(ballot, book),
        "options": "、".join(ballot.options),
        "reason": ballot.reason,
        "head": ballot.log_head[:HEAD_SHOWN],
        "digest": ballot.digest[: 2 * HEAD_SHOWN],
    }


def condition_words(condition: Mapping[str, Any], ballot: Ballot, book: BallotBook) -> str:
    """One line of the result: what is there, of how much, what is needed, and whether it is met."""
    by_area = condition["what"].startswith("area")
    unit = unit_words(ballot, book)
    have, of = (area_words(condition[key], book) if by_area else f"{condition[key]}{unit}" for key in ("have", "of"))
    share = "_".join(map(str, condition["share"]))
    words = {
        "what": book.words[condition["what"]],
        "have": have,
        "of": of,
        "need": book.words[f"share_{share}"],
        "met": book.words["met" if condition["met"] else "not_met"],
    }
    return book.words["result_line"].format_map(words)


def votes_words(ballot: Ballot, book: BallotBook) -> str:
    """ "同意 12户、反对 3户"; by area with the area of each."""
    result, unit = ballot.result or {}, unit_words(ballot, book)
    lines = []
    for n, option in enumerate(ballot.options):
        line = book.words["option_line"].format_map({"option": option, "n": result["votes"][n], "unit": unit})
        lines.append(f"{line}（{area_words(result['areas'][n], book)}）" if ballot.by_area else line)
    return "、".join(lines)


def result_words(ballot: Ballot, book: BallotBook) -> str:
    """All conditions, one a line."""
    result = ballot.result or {}
    return "\n".join(condition_words(one, ballot, book) for one in result["conditions"])


def verdict_phrase(ballot: Ballot) -> str:
    """Passed; not passed because too few took part, because too few agreed, or because two options are level."""
    result = ballot.result or {}
    if result["passed"]:
        return "passed" if is_yes_no(ballot.options) else "chosen"
    parts = [one for one in result["conditions"] if one["what"].endswith("took_part")]
    if not all(one["met"] for one in parts):
        return "too_few_took_part"
    return "too_few_agree" if result["leader"] is not None else "level"


def ballot_card(ballot: Ballot, rules: Rules, book: BallotBook) -> dict[str, Any]:
    """The card of the chat page, as JSON: how many took part, never for what."""
    return {
        "kind": "ballot",
        "id": ballot.id,
        "title": ballot.title,
        "text": ballot.text[:120],
        "until": instant_words(ballot.closes_at, rules, book),
        "counts": unit_words(ballot, book),
        "voters": ballot.voters,
        "voted": ballot.voted,
        "secret": ballot.secret,
        "open": ballot.state == BallotState.OPEN,
        "href": f"/ballots/{ballot.id}",
    }


def press(what: str, ballot_id: int, rest: int | None = None, **params: Any) -> Button:
    """A button of the room; its value comes back and is not trusted."""
    more = "" if rest is None else f":{rest}"
    return Button(f"button.ballot.{what}", f"ballot:{what}:{ballot_id}{more}", params)


def option_buttons(ballot: Ballot) -> tuple[Button, ...]:
    """One for each option; only ever shown in private."""
    return tuple(press("cast", ballot.id, n, option=option) for n, option in enumerate(ballot.options))


def tell_groups(
    ballot: Ballot, rules: Rules, book: BallotBook, phrase: str, key: str, /, *, card: bool = False, **params: Any
) -> Reply:
    """To the groups around it, not at night."""
    live = ballot.state == BallotState.OPEN
    return Reply(
        phrase,
        params_of(ballot, rules, book) | params,
        to=Audience.AREA,
        community_id=ballot.community_id,
        org_unit_id=ballot.org_unit_id,
        card=ballot_card(ballot, rules, book) if card else None,
        buttons=tuple(press(what, ballot.id) for what in ("show", "mine", "paper")) if live else (),
        immediate=False,
        effect_key=f"ballot:{ballot.id}:{key}",
    )


def tell(
    ballot: Ballot, rules: Rules, book: BallotBook, resident_id: int, phrase: str, /, *, key: str | None = None,
    buttons: tuple[Button, ...] = (), immediate: bool = True, card: bool = False, **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private."""
    return Reply(
        phrase,
        params_of(ballot, rules, book) | params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=ballot.community_id,
        buttons=buttons,
        card=ballot_card(ballot, rules, book) if card else None,
        immediate=immediate,
        effect_key=f"ballot:{ballot.id}:{key}" if key else None,
    )


def tell_staff(ballot: Ballot, rules: Rules, book: BallotBook, phrase: str, key: str, /, **params: Any) -> Reply:
    """To the staff group, in the morning if it is night."""
    return Reply(
        phrase,
        params_of(ballot, rules, book) | params,
        to=Audience.STAFF,
        community_id=ballot.community_id,
        immediate=False,
        effect_key=f"ballot:{ballot.id}:staff:{key}",
    )


def changed(ballot: Ballot) -> Event:
    """Something is new on the ballot's pages."""
    return Event("BallotChanged", ballot.community_id, {"ballot_id": ballot.id, "state": ballot.state})


def ballot_event(name: str, ballot: Ballot, **data: Any) -> Event:
    """A fact that other rooms wait for."""
    return Event(name, ballot.community_id, {"ballot_id": ballot.id, "source": ballot.source, **data})
