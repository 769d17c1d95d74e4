"""Words that say a neighbour has not been seen, and words that only look like it."""

from __future__ import annotations

import pytest

from bot.decide.watch import is_worry


@pytest.mark.parametrize(
    "text",
    [
        "张奶奶今天没开门",
        "隔壁李大爷两天没见人了",
        "对门老王好几天没出来了",
        "楼上阿婆敲门半天没人应",
        "5栋独居的陈伯伯电话一直打不通",
        "张奶奶三天没下楼了",
        "刘阿姨到现在都没开门",
        "李大爷怎么都联系不上",
    ],
)
def test_a_worry_is_heard(text: str) -> None:
    assert is_worry(text)


@pytest.mark.parametrize(
    "text",
    [
        "王阿姨的店今天没开门",
        "楼下超市今天没开门",
        "李大爷的快递两天没见到",
        "张奶奶家的猫两天没见了",
        "我的猫没回来",
        "我奶奶今天没开门让我进",
        "王阿姨今天没下楼跳舞",
        "今天没开门",
        "两天没见人来修了",
        "张奶奶昨天没开门,原来是去女儿家了",
        "要是李大爷两天没见人怎么办",
        "电视剧里老爷子两天没出来了",
        "李大爷倒在地上没人应",
        "楼上阿婆敲门没人应,闻到煤气味",
        "奶奶说不用了",
        "楼上两天没动静了终于清静了",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert not is_worry(text)
