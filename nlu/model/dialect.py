"""Dialect words that are pure function words, as the common language says them.

Only words that carry no matter of their own: the examples then teach every dialect at once. What names a
thing (單車, 抄水表) is left alone, the model learns it from examples.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

COMMON: Final = MappingProxyType(
    {
        # Cantonese
        "点解": "为什么", "边个": "谁", "边度": "哪里",
        "几时": "什么时候", "乜嘢": "什么", "咩": "什么", "唔该": "麻烦",
        "唔系": "不是", "系咪": "是不是", "可唔可以": "可不可以", "有冇": "有没有", "冇": "没有",
        "唔好": "不要",
        "而家": "现在", "啱啱": "刚刚", "琴日": "昨天", "寻日": "昨天", "听日": "明天", 
        "成日": "整天", "千祈": "千万", "隔篱": "隔壁", "我哋": "我们", "你哋": "你们", "佢哋": "他们",
        "佢": "他", "嘅": "的", "咗": "了", "喺": "在", "嚟": "来", "嗰": "那", "呢啲": "这些", "啲": "些",
        "唔": "不", "俾": "给", "畀": "给", "睇": "看", "揾": "找", "搵": "找", "同埋": "和",
        "闹紧": "在闹", "咁": "这么", "喇": "啦", "㗎": "的", "嘢": "东西", "攞": "拿", "返工": "上班",
        # Sichuan, Chongqing
        "啥子": "什么", "咋个": "怎么", "莫得": "没有", "晓得": "知道", "不晓得": "不知道",
        "巴适": "舒服", "要得": "好的", "撒子": "什么", "一哈": "一下", "摆龙门阵": "聊天", "娃儿": "孩子",
        "屋头": "家里", "里头": "里面", "外头": "外面", "后头": "后面",
        # the north
        "咋办": "怎么办", "咋": "怎么", "啥": "什么", "俺": "我", "俺们": "我们", "咱": "我们", 
        "咱们": "我们",         "甭": "不用", "忒": "太", "瞅瞅": "看看", "瞅": "看", "拾掇": "收拾",
        "今儿个": "今天", "今儿": "今天",
        "明儿": "明天", "昨儿": "昨天", "中不中": "行不行", "嘞": "了", "咧": "了",
        # Wu
        "阿拉": "我们", "侬": "你", "啥辰光": "什么时候", "勿要": "不要", "交关": "很",
        # Hunan
        "么子": "什么", "何解": "为什么", 
    }
)  # fmt: skip
_WORDS: Final = re.compile("|".join(sorted(map(re.escape, COMMON), key=len, reverse=True)))


def to_common_words(text: str) -> str:
    """The text with dialect function words replaced by the common ones."""
    return _WORDS.sub(lambda match: COMMON[match[0]], text)
