"""A pasted notice as fields of a form, for somebody to check: title, time, place, places, for whom. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from bot.clock import LOCAL_ZONE
from bot.decide.days import read_days
from nlu.model.entities import extract
from nlu.model.folding import fold
from nlu.model.numerals import parse_numeral

LONGEST_NOTICE = 2000
USUAL = timedelta(hours=2)  # where a notice does not say when it ends
LABELS: Mapping[str, tuple[str, ...]] = {
    "title": ("活动名称", "活动主题", "主题", "名称", "标题", "活动"),
    "closes": ("报名截止时间", "报名截止", "截止时间", "截止日期", "截止", "报名时间"),
    "time": ("活动时间", "开始时间", "集合时间", "日期", "时间"),
    "place": ("活动地点", "集合地点", "地点", "地址", "位置", "场地"),
    "capacity": ("剩余名额", "报名人数", "活动名额", "名额", "人数", "限额"),
    "for_whom": ("参加对象", "活动对象", "参与对象", "招募对象", "面向对象", "对象", "面向", "适合人群", "参加人员"),
    "about": ("活动内容", "内容", "注意事项", "备注", "说明"),
}
_LABELLED = re.compile(
    r"^[\W_\d一二三四五六七八九十、]*(?:[((]?[一二三四五六七八九十\d]+[))、.])?\s*(?P<label>"
    + "|".join(sorted((one for labels in LABELS.values() for one in labels), key=len, reverse=True))
    + r")\s*[】\])]?\s*[::]\s*(?P<value>.+)$"
)
_OF_LABEL = {label: field for field, labels in LABELS.items() for label in labels}
_NAMED = re.compile(r"[《【“「\[](?P<name>[^》】”」\]]{2,40})[》】”」\]]")
_HEADS = re.compile(r"^\W*(?:活动通知|通知|公告|温馨提示|报名通知|活动预告|活动)\W*$")
_SIGNS = re.compile(r"^[^\w《【“「(]+")  # a row of small pictures in front
_TAIL = re.compile(r"(?:活动)?(?:报名)?(?:的)?(?:通知|公告|预告|招募)[!!]*$")
_HOUR = r"\d{1,2}|[一二两三四五六七八九十]{1,3}"
_CLOCK = re.compile(
    rf"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚)?\s?(?P<hour>{_HOUR})\s?"
    rf"(?:[:]\s?(?P<minute>\d{{2}})|[点时]\s?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minutes>\d{{1,2}}|[二三四五]?十[五]?)分?)?)"
)
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚"})
_PLACES = re.compile(rf"(?P<n>{_HOUR}|\d{{3,4}})\s?(?:个?名额|个?人|名|位|组|户)")
_LEFT = re.compile(
    r"(?:名额|限额?|招募?|还剩|剩余|限报)[^\d一二两三四五六七八九十\n]{0,4}(?P<n>\d{1,4}|[一二两三四五六七八九十]{1,3})"
)
_WHOM = re.compile(r"(?:面向|限|欢迎|适合)(?P<who>[^,。;!\n]{2,30}?)(?:报名|参加|参与|[,。;!\n]|$)")


def read_notice(text: str, now: datetime) -> dict[str, str]:
    """The fields that were found, as a form wants them. What was not found is not there."""
    said = text.replace("\r\n", "\n").strip()[:LONGEST_NOTICE]
    labelled = _labelled(said)
    found = {
        "title": _title(said, labelled),
        "place": labelled.get("place", "") or _place(said),
        "capacity": _capacity(labelled.get("capacity", "")) or _capacity(said, loose=True),
        "for_whom": labelled.get("for_whom", "") or _whom(said),
        "about": _rest(said),
        **_times(labelled, said, now),
    }
    longest = {"title": 40, "place": 60, "for_whom": 60, "about": 1000}
    return {key: value.strip(" ,，。;；")[: longest.get(key)] for key, value in found.items() if value.strip()}


def _labelled(said: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in re.split(r"[\n;；]", said):
        match = _LABELLED.match(fold(line.strip()))
        if match is not None:
            start = match.start("value")
            found.setdefault(_OF_LABEL[match["label"]], line.strip()[start:].strip())
    return found


def _rest(said: str) -> str:
    """What is no field of its own: the lines without a label, and without the head above them."""
    lines = [line.strip() for line in said.splitlines()]
    labels = [_LABELLED.match(fold(line)) for line in lines]
    if not any(labels):
        return said
    first = next(n for n, label in enumerate(labels) if label is not None)
    kept = (
        line for n, (line, label) in enumerate(zip(lines, labels, strict=True))
        if (label is None and n > first) or (label is not None and _OF_LABEL[label["label"]] == "about")
    )  # fmt: skip
    return "\n".join(kept).strip()


def _title(said: str, labelled: Mapping[str, str]) -> str:
    if "title" in labelled:
        named = _NAMED.search(labelled["title"])
        return named["name"] if named is not None else labelled["title"]
    for match in _NAMED.finditer(said):
        if not _HEADS.match(match["name"]):
            return _TAIL.sub("", match["name"])
    lines = (_SIGNS.sub("", line.strip()) for line in said.splitlines())
    first = next((line for line in lines if line and not _HEADS.match(line)), "")
    if 2 <= len(first) <= 30 and _LABELLED.match(fold(first)) is None and not re.search(r"[,，。]", first):
        return _TAIL.sub("", first)
    named_activity = [one.value for one in extract(said, intent="activity_inquiry") if one.entity == "activity"]
    return named_activity[0] if named_activity else ""


def _place(said: str) -> str:
    match = re.search(
        r"(?:在|于)\s?(?P<place>[^,，。;；!！\n]{2,24}?)(?:举行|举办|开展|集合|进行|开始|见|，|,|。|$)", said
    )
    if match is not None and not re.search(r"\d\s?[月点:：]", match["place"]):
        return match["place"]
    places = [one.value for one in extract(said, intent="activity_inquiry") if one.entity == "place"]
    return places[0] if places else ""


def _capacity(said: str, *, loose: bool = False) -> str:
    folded = fold(said)
    match = (
        _LEFT.search(folded) if loose else (_PLACES.search(folded) or re.search(rf"(?P<n>\d{{1,4}}|{_HOUR})", folded))
    )
    number = parse_numeral(match["n"]) if match is not None else None
    return str(number) if number else ""


def _whom(said: str) -> str:
    match = _WHOM.search(fold(said))
    return (
        said[match.start("who") : match.end("who")] if match is not None and match["who"][0] not in "0123456789" else ""
    )


def _times(labelled: Mapping[str, str], said: str, now: datetime) -> dict[str, str]:
    told = labelled.get("time") or _without_closing(said)
    days, clocks = read_days(told, now), _clocks(told)
    if not days:
        return {}
    if not clocks:
        return {}
    starts = datetime.combine(days[0], clocks[0], LOCAL_ZONE)
    ends = datetime.combine(days[0], clocks[1], LOCAL_ZONE) if len(clocks) > 1 else starts + USUAL
    if ends <= starts:
        ends = starts + USUAL
    found = {"starts": _form_time(starts), "ends": _form_time(ends)}
    closing = _closing(labelled, said)
    until = read_days(closing, now)
    if until:
        at = _clocks(closing)
        closes = datetime.combine(until[0], at[0] if at else time(23, 59), LOCAL_ZONE)
        if now < closes <= starts:
            found["closes"] = _form_time(closes)
    return found


def _closing(labelled: Mapping[str, str], said: str) -> str:
    """Where it is said until when one may sign up."""
    if "closes" in labelled:
        return labelled["closes"]
    match = re.search(r"[^,，。;；\n]{2,24}(?:前报名|截止|之前报名)", said)
    return match.group() if match is not None else ""


def _without_closing(said: str) -> str:
    return re.sub(r"[^,，。;；\n]{2,24}(?:前报名|截止|之前报名)[^,，。;；\n]*", "", said)


def _clocks(told: str) -> list[time]:
    """The hours of a text, the first two; "下午两点到四点" is both in the afternoon."""
    found: list[time] = []
    part = ""
    for match in _CLOCK.finditer(fold(told)):
        part = match["part"] or part
        hour = parse_numeral(match["hour"])
        if hour is None or hour > 24:
            continue
        if hour < 12 and (part in _AFTERNOON or (part == "中午" and hour < 11)):
            hour += 12
        at = time(hour % 24, _minute(match))
        found.append(at)
        if len(found) == 2:
            break
    return found


def _minute(match: re.Match[str]) -> int:
    if match["half"]:
        return 30
    if match["quarter"]:
        return {"一": 15, "三": 45}[match["quarter"]]
    written = match["minute"] or match["minutes"]
    number = parse_numeral(written) if written else 0
    return number if number is not None and number < 60 else 0


def _form_time(at: datetime) -> str:
    """As a browser's field of day and time wants it."""
    return f"{at:%Y-%m-%dT%H:%M}"
