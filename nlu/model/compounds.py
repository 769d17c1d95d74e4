"""How the spots of a neighbourhood are called: what stands before, and the head that says what it is.

Nobody lists them all, but what comes before is of few kinds (whose it is, what for, where it lies), so are the heads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.model.spot_words import FOR_WHAT, HEADS, NOT_SPOTS, WHOSE
from nlu.model.tries import build_trie_pattern

_WHERE = (
    r"(?:[东南西北](?:[东南西北]?[侧边面头]?|[东南西北])|[前后左右中内外侧旁大小新老旧主副偏次]|[内外]环|"
    r"[一二三四五六]期|(?:\d{1,2}|[一二三四五六七八九十])号|[东南西北中a-h]区|[a-h])"
)
# One character is head enough after the words that say what for; most can begin another word.
_SHORT_HEADS = (
    r"(?:室|厅(?!长)|间(?![隔接距断或])|房(?![价租贷款东子产间屋卡型])|屋(?![里顶子面])|亭"
    r"|站(?![着在起了立岗长不那满得出])|"
    r"点(?![击评名钟半头数子儿歌餐赞])|处(?![理置罚于长在])|台(?![风阶子])|棚|库|岗(?![位前])|场(?![景合面所次])"
    r"|区(?![别分域间])|"
    r"园|池|坑|井(?!盖)|林|坪|坡(?!度)|廊|桥|巷|街(?![道坊舞])|道(?![理歉具德路谢闸])|角(?![落度色])"
    r"|路(?![灯面障费由过人况]))"
)
_NOT_AFTER = r"(?![费卡证票价员长款]|管理费|广告|香糖)"
_WORDS_BEFORE = frozenset([*WHOSE, *FOR_WHAT, *HEADS])
_WORDS_SAYING_WHAT = frozenset(FOR_WHAT)
_LENGTHS = tuple(sorted({len(word) for word in _WORDS_BEFORE}, reverse=True))
_MOST_WORDS = 4
_HEAD = re.compile(rf"(?:(?P<long>{build_trie_pattern(HEADS)})|{_SHORT_HEADS}){_NOT_AFTER}")
_WHERE_BEFORE = re.compile(rf"{_WHERE}$")
_SHARED = frozenset({"公共", "公用", "共用"})  # says whose it is, not where: 公共走廊 is the 走廊


def find_compounds(text: str) -> Iterator[tuple[int, int]]:
    """Find what is called like a spot: 资源+回收+室, 非机动车+库, 后+弄堂."""
    for head in _HEAD.finditer(text):
        is_long = head["long"] is not None
        start = _start_of_words(text, head.start(), is_long=is_long)
        if is_long or start < head.start():
            where = _WHERE_BEFORE.search(text, max(0, start - 3), start)
            start = start if where is None else where.start()
        if start < head.start() and text[start : head.end()] not in NOT_SPOTS:
            yield start, head.end()


def _start_of_words(text: str, end: int, *, is_long: bool) -> int:
    """Go back over the words that may stand before a head; the nearest must say what for, if the head is short."""
    start, known = end, _WORDS_BEFORE if is_long else _WORDS_SAYING_WHAT
    for _ in range(_MOST_WORDS):
        word = next((n for n in _LENGTHS if n <= start and text[start - n : start] in known), 0)
        if not word or text[start - word : start] in _SHARED:
            break
        start, known = start - word, _WORDS_BEFORE
    return start
