"""Short words that answer a roll-call: 报平安, 我家都好, 要帮忙. Only a message that is nothing else counts."""

from __future__ import annotations

import re

from nlu.model.folding import fold

_HOME = (
    r"(?:我们?|我哋|咱们?|俺)?(?:一家|全家|家里?|屋企|这边|这里|家里人|家人)?"
    r"(?:人|[一二两三四五六]口)?(?:都|全都|全|也)?"
)
_SAFE = re.compile(
    rf"(?:小邻)?(?:我来?)?(?:报(?:个)?平安|{_HOME}(?:很|是)?(?:平安|安全|好着呢?|(?:没事|冇事)(?![了啦喇])|没问题|挺好|都好)(?:的|着呢|啦|呢|了)?)"
    r"(?:报(?:个)?平安|谢谢(?:大家|你们)?|放心)?"
)
_ALSO_SAFE = re.compile(r"(?:我们?|我哋|咱们?)?(?:家|一家|全家|家里)(?:都|全|人都)好(?:的|着呢|啦|呢)?")
_HELP = re.compile(
    rf"(?:小邻)?{_HOME}(?:有人)?(?:需要|要|求|请求|想要|来人)(?:帮忙|帮助|帮手|救援|救助|援助|人帮忙)(?:啊|呀|一下|快来|谢谢)?"
    r"|(?:快)?(?:来)?帮(?:帮|下)?(?:我们?|忙)(?:啊|呀|吧)?"
)
_NOISE = re.compile(r"[^\w]+|@\S{1,12}\s")
LONGEST = 20  # characters; whoever writes more says more


def roll_call_word(text: str) -> str:
    """ "safe", "help", or nothing."""
    said = _NOISE.sub("", fold(text))
    if not said or len(said) > LONGEST:
        return ""
    if _HELP.fullmatch(said):
        return "help"
    return "safe" if _SAFE.fullmatch(said) or _ALSO_SAFE.fullmatch(said) else ""
