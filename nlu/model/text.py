"""The text as the classifier reads it: one script, one width, no noise that says nothing."""

from __future__ import annotations

import re
import unicodedata

from nlu.model.dialect import to_common_words
from nlu.model.script import to_simplified

HEAD, TAIL = 400, 200  # characters kept of a long message: the matter stands at its start or at its end
_LONG_RUN = re.compile(r"(.)\1{3,}")
_PICTURE_MARK = re.compile(r"\[[^\[\]\s]{1,6}\]")  # WeChat writes stickers as [捂脸]
_MENTION = re.compile(r"@\s?(?!工作人员)(?:([^\s@,:]{1,12})(?=[\s,:@])|([^\s@,:]{1,4})$)")
_URL = re.compile(r"https?://\S+")
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_HOTLINES = {"110", "119", "120", "122", "114", "12345"}
_STAFF = (
    "物业|管家|网格员?|社区|居委会?|客服|保安|工程部?|保洁|维修|小邻|邻安|机器人|值班|前台|书记|主任|民警"
)
_STAFF_NAME = re.compile(_STAFF)
_STAFF_MENTION = re.compile(f"@ ?(?:{_STAFF})")  # written by hand: nothing parts the name from what follows
# who is called says nothing of the matter, where enough follows to be one: "小邻,灭火器怎么用"
_CALLED = re.compile(r"^\s*(?:@ ?小邻(?!居)[,、:!。~ ]*|(?:小邻)+[,、:!。~ ]+)+(?=[^\s@].{4})")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_EMOJI_MODIFIER = re.compile("[\\ufe0e\\ufe0f\\u200d\\U0001f3fb-\\U0001f3ff]")


def shorten(text: str) -> str:
    """The text, or its head and tail when it is longer than any message a person types."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def _mention(match: re.Match[str]) -> str:
    return "@工作人员 " if _STAFF_NAME.search(match[0]) else "@某人 "


def _number(match: re.Match[str]) -> str:
    digits = match[0]
    return digits if digits in _HOTLINES else "0" * min(len(digits), 5)


def normalise(text: str) -> str:
    """NFKC, Simplified, common words for dialect ones, mentions and numbers by kind, not whom of us it calls."""
    text = unicodedata.normalize("NFKC", shorten(text)).lower()
    text = to_simplified(_EMOJI_MODIFIER.sub("", text))
    text = _URL.sub(" 网址 ", text)
    text = _CALLED.sub("", _SPACE.sub(" ", text))
    text = _MENTION.sub(_mention, _STAFF_MENTION.sub("@工作人员 ", text))
    text = _PICTURE_MARK.sub("☺", _EMOJI.sub(r"☺\g<0>", text))  # known as a picture even if this one is not
    text = _LONG_RUN.sub(r"\1\1\1", text)
    text = _DIGITS.sub(_number, to_common_words(text))
    return _SPACE.sub(" ", text).strip()
