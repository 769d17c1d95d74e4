"""Chinese and Arabic numerals as people write them in a chat."""

from __future__ import annotations

import re

from nlu.model.folding import fold

_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "两": 2, "俩": 2, "仨": 3, "幺": 1, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7,
    "捌": 8, "玖": 9,
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10000}
# 万 alone is not a numeral here: no door, floor or head count is that large.
NUMERAL = re.compile(r"[零〇一二三四五六七八九两俩仨幺壹贰叁肆伍陆柒捌玖廿十拾百佰千仟]+|\d+")


def parse_numeral(text: str) -> int | None:
    """Return the number a numeral means, or None when it is none: 十二, 二百零三, 五〇一, 12."""
    folded = fold(text.strip()).replace("廿", "二十")
    if folded.isascii() and folded.isdigit():
        return int(folded)
    if not folded or any(char not in _DIGITS and char not in _UNITS for char in folded):
        return None
    if not any(char in _UNITS for char in folded):
        return _read_digit_by_digit(folded)
    return _read_with_units(folded)


def _read_digit_by_digit(text: str) -> int:
    return int("".join(str(_DIGITS[char]) for char in text))


def _read_with_units(text: str) -> int:
    total, pending = 0, 0
    for char in text:
        if char in _DIGITS:
            pending = _DIGITS[char]
            continue
        unit = _UNITS[char]
        if unit == 10000:
            total, pending = (total + pending) * unit, 0
        else:
            total, pending = total + (pending or 1) * unit, 0
    return total + pending


def digits_in(text: str) -> str:
    """Replace every numeral by Arabic digits and leave the rest: 三号楼 → 3号楼."""

    def to_digits(match: re.Match[str]) -> str:
        number = parse_numeral(match.group())
        written = match.group()
        if number is None:
            return written
        # 0925 is a name, not nine hundred and twenty-five.
        return written if written.isdigit() else str(number)

    return NUMERAL.sub(to_digits, fold(text))
