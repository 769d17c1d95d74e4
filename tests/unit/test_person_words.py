"""Who wants a person or is angry at the bot, and who only sounds like it."""

from __future__ import annotations

import time

import pytest

from bot.understand.person_words import LONGEST_ANGER, person_word

SAID = {
    "plain": (
        "转人工 轉人工 我要转人工 请转人工客服 人工 人工客服 人工服务 找个活人 找真人 我要找真人 "
        "叫个活人来 搵真人 帮我转人工 别跟我机器人说话 不想跟机器人说话 唔好同機械人傾 我不跟机器人说了 "
        "不要机器人 转接人工服务 找工作人员 接客服 換真人 我要人工 要人工 唔該轉真人客服 小邻，转人工 "
        "转人工！！ 请转人工谢谢"
    ),
    "loose": (
        "换个人来 找个人来 找个人跟我说 叫个人来 搵個人同我講 我想跟人说话 有没有真人 有人工吗 "
        "换个能听懂的 叫管事的出来 喊个人来说清楚 同真人傾偈"
    ),
    "anger": (
        "你真蠢 你这个破机器人 人工智障 小邻你是不是有病 听不懂人话 你太笨了 垃圾机器人 废物 滚 閉嘴 "
        "這個機器人真垃圾 你係咪有病 你真没用 什么破机器人 收皮啦 你怎么这么笨 小邻真没用 "
        "气死我了，这个机器人"
    ),
    # somebody or something else is scolded, it is said in fun, or a person is wanted for something
    "": (
        "物业真垃圾 楼上有病吧 你们物业太垃圾了 他真蠢 垃圾 垃圾桶满了 垃圾没人清 人工费多少钱 "
        "电梯维修人工多少钱 转人工湖那边 我找个人修水管 谁认识修水管的人 找个师傅来 保安是废物 "
        "你们太差劲了报了三天没人来 小邻你好笨哈哈 隔壁老王真烦人 这物业就是废物 今天人工降雨 滚烫的水 "
        "滚筒洗衣机坏了 楼上的狗真烦人 你们这帮废物 他听不懂人话 邻居听不懂人话 好傻哈哈 有人吗 找到人了 "
        "等人来 来人啊救命 有病要去医院 我孩子有病 小邻真好 人呢 业委会的人真没用 快递柜真垃圾 "
        "这电梯真垃圾 你家孩子真吵"
    ),
}


@pytest.mark.parametrize(("word", "text"), [(word, text) for word, texts in SAID.items() for text in texts.split(" ")])
def test_a_person_is_called_by_a_wish_or_by_anger_at_the_bot_alone(word: str, text: str) -> None:
    assert person_word(text) == word


@pytest.mark.parametrize("text", ["@小邻 转人工", "@小邻 你真蠢", "小鄰 轉人工"])
def test_the_bot_may_be_called_by_name(text: str) -> None:
    assert person_word(text) in {"plain", "anger"}


def test_a_story_is_no_wish_and_nothing_takes_long() -> None:
    story = "我要找个人说说，3栋2单元的水管漏了三天，转人工"
    assert person_word(story) == ""
    started = time.perf_counter()
    for text in (
        "要" * 2 * LONGEST_ANGER,
        "我要想请" * 20,
        "不跟" * 40,
        "你真是太好咁这么" * 10,
        "别再跟我和同机器人" * 8,
    ):
        assert person_word(text) == ""
    assert time.perf_counter() - started < 0.5
