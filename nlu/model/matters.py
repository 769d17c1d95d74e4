"""Messages that speak of more than one thing: which clauses tell one story, and which begin a matter of their own.

Every clause is read by the cheap first look; only what then seems to be several matters is read by the whole model,
matter by matter, and judged once more by the same rules. One matter taken for two is worse than two taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.model.clauses import Part, Wording, split
from nlu.model.folding import fold
from nlu.model.parse import Parse

__all__ = ["Matter", "Part", "gather", "matters_of", "split"]

MOST = 4  # matters of one message; who has more is writing a letter, and a person will read it
SURE, HINTED = 0.60, 0.40
CHATTER = frozenset({"chitchat", "greet_help"})
REPORTS = frozenset({"service_request", "safety_tip", "dispute"})
ASKED_FOR = frozenset({"activity_signup", "activity_cancel", "suggestion"})  # "帮我报上": elsewhere it only underlines
SHORT = 6  # characters: fewer are no matter of their own unless they name a fault ("电梯也停了")


@dataclass(frozen=True)
class Bar:
    """How sure both readings must be, and how little each may smell of the other's label."""

    sure: float
    smell: float

    @property
    def early(self) -> Bar:
        """The same at the first look, which is less sure of what is there: who passes is looked at once more."""
        return Bar(self.sure - 0.2, self.smell * 5)


USUAL = Bar(0.87, 0.012)
ONE_MORE = Bar(0.82, 0.025)  # "电梯也停了"
STRICT = Bar(0.92, 0.005)  # two faults without such a word: one is often what the other leads to

#: What follows the first and, without a word such as 另外, belongs to it: an idea how to mend it, the anger about it,
#: the wish that somebody come, the papers it takes.
BELONGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(REPORTS, frozenset({"suggestion", "feedback", "ticket_status", "human_handoff", "emergency"})),
    "feedback": frozenset({"suggestion", "ticket_status", "emergency", "human_handoff"}),
    "suggestion": frozenset({"feedback", "ticket_status", "emergency"}),
    "points_inquiry": frozenset({"consult", "feedback", "emergency"}),
    "consult": frozenset({"feedback", "emergency", "human_handoff"}),
    "activity_inquiry": frozenset({"consult", "feedback", "emergency"}),
    "activity_signup": frozenset({"feedback", "emergency"}),
    "activity_cancel": frozenset({"feedback", "emergency"}),
    "ticket_status": frozenset({"suggestion", "feedback", "emergency", "human_handoff"}),
    "human_handoff": frozenset({"feedback", "emergency"}),
}
#: categories that name one thing under different intents
SAME = {
    "leakage": "water_drainage",
    "parking": "parking_facility",
    "pets": "animal",
    "facility_hazard": "public_facility",
}
#: Without "也" or "还" the second is what the first leads to or where it shows.
KIN = frozenset(
    frozenset(pair)
    for pair in (
        ("sanitation", "pest"),
        ("sanitation", "animal"),
        ("sanitation", "common_space"),
        ("sanitation", "business_nuisance"),
        ("gas_heating", "water_drainage"),
        ("greenery", "pest"),
        ("fire_safety", "electricity_lighting"),
        ("fire_safety", "parking_facility"),
        ("fire_safety", "common_space"),
        ("parking_facility", "traffic_safety"),
        ("renovation", "noise"),
        ("renovation", "water_drainage"),
        ("noise", "animal"),
        ("electricity_lighting", "water_drainage"),
        ("electricity_lighting", "traffic_safety"),
    )
)
KIN_TO_ALL = frozenset({"property_fee"})  # "电梯停了一个月，物业费照收"
#: What stops in a power cut, and what stands under water.
POWER, FLOOD = ("停电", "没电", "断电", "跳闸"), ("爆了", "爆管", "泡了", "淹", "漫出", "漫到")
FAILS_WITH = {
    POWER: frozenset(
        {"elevator", "access_security_device", "network_parcel", "water_drainage", "parking_facility", "gas_heating"}
    ),
    FLOOD: frozenset({"elevator", "public_facility", "sanitation", "electricity_lighting"}),
}
#: Mere words: whoever says them tells of the other side, or of a demand.
NO_MATTER = frozenset({"dispute/other", "dispute/landlord_tenant", "service_request/other", "safety_tip/other"})
#: One of them stands in one place: the same elsewhere is another matter.
ONE_A_PLACE = frozenset({"elevator", "access_security_device", "electricity_lighting", "sanitation", "greenery"})


@dataclass(frozen=True)
class Matter:
    """One thing a message speaks of, in its own words."""

    text: str
    parse: Parse
    head: Part | None = None  # the clause it begins with


def gather(parts: Sequence[Part], looks: Sequence[Parse]) -> tuple[Part, ...]:
    """The clauses put together to what seem to be matters, by a first look at each; none when they are one."""
    found = _joined(parts, looks, early=True)
    telling = [one for one in found if _is_apart(one) or not _says_nothing(one.parse, early=True)]
    if len(telling) < 2:
        return ()
    return tuple(Part(one.text, _is_apart(one), one.head.text if one.head else "") for one in found)


def matters_of(parts: Sequence[Part], parses: Sequence[Parse]) -> tuple[Matter, ...]:
    """The matters of a message, each with the parse of its own words; none when the whole is one matter."""
    told = [one for one in _joined(parts, parses) if not _says_nothing(one.parse)]
    different = {(_label(one.parse), Wording.of(one.text).buildings) for one in told}
    if not 2 <= len(told) <= MOST or len(different) < 2:
        return ()
    return tuple(Matter(one.text.strip(" ，,、\n"), one.parse) for one in told)


def _joined(parts: Sequence[Part], parses: Sequence[Parse], *, early: bool = False) -> list[Matter]:
    found: list[Matter] = []
    for part, parse in zip(parts, parses, strict=True):
        if found and not _begins_another(found[-1], part, parse, early=early):
            found[-1] = _longer(found[-1], part, parse)
        else:
            found.append(Matter(part.text, parse, part))
    return found


def _is_apart(matter: Matter) -> bool:
    return matter.head is not None and matter.head.apart


def _says_nothing(parse: Parse, *, early: bool = False) -> bool:
    return parse.intent in CHATTER or parse.confidence < (HINTED if early else SURE)


def _begins_another(before: Matter, part: Part, parse: Parse, *, early: bool) -> bool:
    if _says_nothing(parse):
        return part.apart
    wording = part.wording
    if _label(parse) == _label(before.parse):
        return _elsewhere(before, wording, parse, early=early)
    if part.apart or before.parse.intent in CHATTER:
        return True
    bar = _bar(before, parse, wording)
    if bar is None:
        return False
    bar = bar.early if early else bar
    sure = parse.confidence >= bar.sure and before.parse.confidence >= (HINTED if early else bar.sure)
    return sure and max(_smell(parse, before.parse), _smell(before.parse, parse)) < bar.smell


def _bar(before: Matter, parse: Parse, wording: Wording) -> Bar | None:
    """What it takes to begin another matter here; None where it never does."""
    first, second = before.parse.intent, parse.intent
    if second in BELONGS.get(first, frozenset({second})) or wording.conditional:
        return None
    if first not in REPORTS | {"feedback"} and Wording.of(before.text).length < SHORT:
        return None  # "报个修，2号楼厨房…"
    if second in REPORTS:
        return _bar_of_a_report(before, parse, wording)
    if wording.length < SHORT or (wording.asks_for_help and second not in ASKED_FOR):
        return None
    if first in REPORTS and second == "activity_inquiry":
        return STRICT
    if first in REPORTS and second == "consult":
        return ONE_MORE if wording.at_an_office else None
    return USUAL


def _bar_of_a_report(before: Matter, parse: Parse, wording: Wording) -> Bar | None:
    first = before.parse
    if _label(parse) in NO_MATTER or not wording.fresh or wording.still:
        return None
    if first.intent == "feedback":  # "修是修了，地上一滩泥" is judged, not reported
        return USUAL if wording.as_well else None
    if first.intent not in REPORTS:
        return USUAL
    if _label(first) in NO_MATTER:
        return None
    things = frozenset({_thing(first), _thing(parse)})
    if len(things) < 2 or "" in things or (_are_kin(things) and not wording.as_well) or _led_to(before, parse, wording):
        return None
    return ONE_MORE if wording.as_well else STRICT


def _are_kin(things: frozenset[str]) -> bool:
    return things in KIN or bool(things & KIN_TO_ALL)


def _led_to(before: Matter, parse: Parse, wording: Wording) -> bool:
    """Whether a power cut or a flood explains it: "停电了，电梯也停了"."""
    told = fold(before.text)
    return not wording.buildings and any(
        parse.category in touched and any(word in told for word in words) for words, touched in FAILS_WITH.items()
    )


def _elsewhere(before: Matter, wording: Wording, parse: Parse, *, early: bool) -> bool:
    """Whether the same kind of thing is broken in another building."""
    there = Wording.of(before.text).buildings
    known = bool(there) and bool(wording.buildings) and not there & wording.buildings
    bar = USUAL.early if early else USUAL
    return known and parse.category in ONE_A_PLACE and wording.fresh and parse.confidence >= bar.sure


def _longer(matter: Matter, part: Part, parse: Parse) -> Matter:
    """The matter with one more clause; of the two readings the surer one that says anything stands."""
    says_more = matter.parse.intent in CHATTER or (
        parse.intent not in CHATTER and parse.confidence > matter.parse.confidence
    )
    return Matter(matter.text + part.text, parse if says_more else matter.parse, matter.head)


def _smell(parse: Parse, other: Parse) -> float:
    """How likely the words of one could have been meant as the other; a foreign model may tell intents only."""
    if not parse.likeliest:
        return 0.0 if parse.intent == other.intent else parse.probability(other.intent)
    return dict(parse.likeliest).get(_label(other), 0.0)


def _thing(parse: Parse) -> str:
    category = parse.category or ""
    return SAME.get(category, category)


def _label(parse: Parse) -> str:
    return f"{parse.intent}/{parse.category}" if parse.category else parse.intent
