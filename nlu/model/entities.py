"""Find what a resident's sentence names: doors, places, times, heads, phones, activities, tickets.

Rules, no model: they run on the folded text (Simplified, half-width, same length); values stay as written.
"""

from __future__ import annotations

import re

from nlu.model.activities import find_activities, find_headcounts
from nlu.model.addresses import find_addresses, find_bare_rooms
from nlu.model.elsewhere import is_a_tale
from nlu.model.folding import fold
from nlu.model.landmarks import find_meeting_places, find_places
from nlu.model.lexicon import Lexicon, default_lexicon
from nlu.model.numerals import digits_in, parse_numeral
from nlu.model.spans import Entity, Findings
from nlu.model.times import find_times

__all__ = ["Entity", "Lexicon", "default_lexicon", "extract", "normalize", "settled_intent"]

# Longer messages are pasted articles; their beginning says what they are about.
MAX_CHARACTERS = 4000
# Below this confidence an intent is no reason to overlook anything.
INTENT_COUNTS_FROM = 0.7

_PHONE = re.compile(
    r"(?<![\d-])(?:(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}|0\d{2,3}[-\s]\d{7,8}|400[-\s]?\d{3}[-\s]?\d{4}"
    r"|(?:852|853)[-\s]\d{4}[-\s]?\d{4}|09\d{2}[-\s]?\d{3}[-\s]?\d{3})(?!\d)"
)
_SPOKEN_PHONE = re.compile(
    r"(?:电话|座机|号码|打)[^\d,]{0,4},?[是:为\s]*(?P<phone>\d{4}[-\s]?\d{4}|\d{7,8})(?!\d)"
)
_TICKET = re.compile(r"(?<![\da-z])(?:20\d{6}-\d{3,6}|[a-z]{2,4}-\d{3,12}|[a-z]{2,4}20\d{6,12}(?:-\d{2,6})?)(?!\d)")
_KEYED_TICKET = re.compile(
    r"(?:单号|工单号?|编号|单子号?|流水号|受理号|报修号|报修单号?|回执号?|案号|案件号|查询码|单据|号单|条单|"
    r"张单|嗰单|(?<![\d一二三四五六东西])单)(?:是不是|是|为|系|的|[:#\s(])*"
    r"(?:尾号|后四位|末四位)?(?:是|:|\s)*(?P<ticket>[a-z]{0,4}-?\d{3,14}(?:-\d{2,6})?)(?![\d楼栋幢号单块元])"
)
_HASH_TICKET = re.compile(r"(?<![\d\w])#\s?(?P<ticket>[a-z]{0,3}-?\d{4,12}(?:-\d{2,6})?)(?!\d)")
_LEADING_ZERO = re.compile(
    r"(?<![\d.\-:+])(?P<ticket>0\d{3})(?![\d.:])(?=号?(?:那|这|单|的|怎|咋|呢|到|处理|进|点样|有|修|搞|现在|"
    r"几时|,|\s|\?|？|$))"
)
_TICKET_TAIL = re.compile(
    r"(?<!\d)(?P<ticket>\d{3,6})(?:号|这|那)(?:个|条|张)?(?:工单|单子|报修单|单(?!元|车|位|价))"
    r"|(?:尾号|末四位|后四位)(?:是|为|:)?(?P<tail>\d{3,6})(?=的?[^,。]{0,2}单)"
)
_TIDIED = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")
_PLACELESS = frozenset(
    "chitchat consult greet_help human_handoff points_inquiry feedback activity_signup activity_cancel activ"
    "ity_inquiry".split()
)
_ORDINALS = ("building", "unit", "floor", "room", "headcount")


def extract(text: str, lexicon: Lexicon | None = None, intent: str | None = None) -> list[Entity]:
    """Return the entities of a message in the order in which they are written, what is said twice once.

    The intent, where it is known, says which kinds can be meant: a tale names no place to send somebody to.
    """
    known = default_lexicon() if lexicon is None else lexicon
    found = Findings(fold(text[:MAX_CHARACTERS]))
    _find_codes(found)
    find_times(found)
    kind = (intent or "").split("/")[0]
    has_doors = kind != "chitchat" or not is_a_tale(found.folded)
    if has_doors:
        find_addresses(found, known)
    if not kind or kind.startswith("activity"):
        find_activities(found, known, is_certain=bool(kind))
        find_headcounts(found, is_certain=bool(kind))
    if kind not in _PLACELESS or found.is_short:
        find_places(found, known, is_certain=bool(kind))
    elif kind.startswith("activity"):
        find_meeting_places(found, known)
    if has_doors:
        find_bare_rooms(found)
    spans = sorted(found.spans, key=lambda span: span.start)
    made = [_make_entity(text, span.entity, span.start, span.end, known) for span in spans]
    if len(made) < 2:
        return made
    first = {(entity.entity, entity.normalized): entity for entity in reversed(made)}
    return [entity for entity in made if first[entity.entity, entity.normalized] is entity]


def settled_intent(intent: str | None, confidence: float) -> str | None:
    """Return the intent when it is sure enough to decide which entities can be meant."""
    return intent if confidence >= INTENT_COUNTS_FROM else None


def normalize(entity: str, value: str, lexicon: Lexicon | None = None) -> str:
    """Return the form of a value that can be compared: 三号楼 → 3, 负一层 → -1, 俩 → 2, 2單元 → 2."""
    folded = _TIDIED.sub("", fold(value))
    if entity == "floor":
        return _normalize_floor(folded)
    if entity in ("phone", "ticket"):
        return "".join(_DIGITS.findall(folded)) if entity == "phone" else folded.upper()
    if lexicon is not None and entity in ("building", "place") and folded in lexicon.proper_names:
        proper = fold(lexicon.proper_names[folded])
        return _normalize_number(proper) if entity == "building" else proper
    if entity in _ORDINALS:
        return _normalize_number(folded)
    return folded if entity in ("place", "activity") else digits_in(folded)


def _find_codes(found: Findings) -> None:
    text = found.folded
    if not any(char.isdigit() for char in text):
        return
    for match in _PHONE.finditer(text):
        found.add("phone", *match.span())
    for pattern in (_TICKET, _KEYED_TICKET, _HASH_TICKET, _TICKET_TAIL, _LEADING_ZERO):
        for match in pattern.finditer(text):
            found.add("ticket", *match.span(match.lastgroup or 0))
    for match in _SPOKEN_PHONE.finditer(text):
        found.add("phone", *match.span("phone"))


def _make_entity(text: str, entity: str, start: int, end: int, lexicon: Lexicon) -> Entity:
    value = text[start:end]
    return Entity(entity, value, start, end, normalize(entity, value, lexicon))


def _normalize_floor(folded: str) -> str:
    if folded[:1] in {"负", "-", "b"} or folded.startswith("地下"):
        return "-" + _normalize_number(folded.removeprefix("地下").lstrip("负-b"))
    if folded in {"顶楼", "顶层"}:
        return "top"
    return "1" if folded in {"底楼", "底层"} else _normalize_number(folded)


def _normalize_number(folded: str) -> str:
    """Keep the number and a letter that distinguishes; 西单元 stays 西."""
    plain = re.sub(
        r"[号好]楼|号院|单[元园圆原缘无员远]|单$|号房|号|栋|幢|座|楼|层|室|房|户|门|梯|#|f$|我们|咱们?|俺们?|我哋|个.*|位|名|人|口",
        "",
        folded,
    )
    number = parse_numeral(plain)
    if number is None:
        return digits_in(plain).upper()
    return str(number)
