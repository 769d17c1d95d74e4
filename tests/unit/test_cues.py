from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand.cues import find_cue
from nlu.model.places import Place

SAID = {
    "withdraw": (
        "算了 不用了 撤销吧 当我没说 算啦 唔使啦 算了，不用了 @小邻\u3000算了 取消 "
        "不修了 自己修好了，不用来了 撤单 发错群了 没事了 就算了 还是算了吧 冇事喇 "
        "误报 虚惊一场 没事了，虚惊一场 是误报 是误报，大家放心 誤報 大家别慌，是误报 刚才的是误报"
    ),
    "affirm": "是的 对 嗯 嗯嗯 好的 可以 没错 係 啱 行 OK 对的 好滴 要得 好的谢谢 对对对 就是这里",
    "deny": "不是 没有 不对 不行 唔係 唔好 不要 不是的 没 no 都不是",
    "me_too": "我家也是 +1 同求 我也是 俺家也是 我們家也停了 我都係 +1+1 一样 同上 附议 我家也没水",
    "urge": (
        "催一下 怎么还没来 快点啊 师傅到哪了 咋还没人来 還沒好啊 还要多久 点解仲未嚟 催催 好了没 多久能来人啊"
    ),
    "thanks": "谢谢 多谢 唔该晒 谢谢小邻 辛苦了 感谢感谢 谢谢师傅！ thx 太感谢了",
    "not_this": "不是这个意思 你理解错了 答非所问 我不是这个意思 唔係呢個意思 我说的不是这个",
    "my_tickets": "我的工单 查我的单 我的报修 查一下我的单子 看看我的报修记录 我的進度 查进度",
    "help": "帮助 菜单 怎么用 你能做什么 help 有什么功能",
    "big_text": "字太小了 大字版 字大一点 开大字模式 看不清字",
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts.split(" ")]
)
def test_a_standing_expression_is_recognised(kind: str, text: str) -> None:
    cue = find_cue(text)
    assert cue is not None
    assert cue.kind == kind


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("不是3栋是5栋", Place(building="5")),
        ("说错了，是5栋", Place(building="5")),
        ("打错了 是6号楼", Place(building="6")),
        ("不是三号楼，是五号楼", Place(building="5")),
        ("是5栋不是3栋", Place(building="5")),
        ("唔係3座係5座", Place(building="5")),
        ("不是3栋是5", Place(building="5")),
        ("不是5单元 是3单元", Place(unit="3")),
        ("说错了是2单元501", Place(unit="2", room="501")),
        ("更正：5栋", Place(building="5")),
        ("不对，是地下车库", Place(place="地下车库")),
        ("应该是北门", Place(place="北门")),
    ],
)
def test_a_correction_tells_the_right_place(text: str, place: Place) -> None:
    cue = find_cue(text)
    assert cue is not None
    assert (cue.kind, cue.place) == ("correct", place)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0007怎么样了", "ticket_ref", "0007"),
        ("20261122-0007", "ticket_ref", "20261122-0007"),
        ("工单20261122-0007到哪一步了", "ticket_ref", "20261122-0007"),
        ("查询0007", "ticket_ref", "0007"),
        ("催0007", "urge", "0007"),
        ("0007催一下", "urge", "0007"),
        ("1", "option", "1"),
        ("选2", "option", "2"),
        ("第二个", "option", "2"),
        ("我选第三个", "option", "3"),
        ("５", "option", "5"),
        ("满意", "rating", "4"),
        ("非常满意", "rating", "5"),
        ("5分", "rating", "5"),
        ("给三星", "rating", "3"),
        ("一般", "rating", "3"),
        ("不满意", "rating", "2"),
        ("很差", "rating", "1"),
    ],
)
def test_what_is_pointed_at_comes_as_digits(text: str, kind: str, value: str) -> None:
    cue = find_cue(text)
    assert cue is not None
    assert (cue.kind, cue.value) == (kind, value)


def test_a_neighbour_says_where_it_is_the_same() -> None:
    cue = find_cue("12栋也是")
    assert cue is not None
    assert (cue.kind, cue.place) == ("me_too", Place(building="12"))


@pytest.mark.parametrize(
    "text",
    [
        "算了吧，太贵了买不起",
        "昨天跟我妈说算了",
        "对了，你家孩子几岁",
        "我家也是三口人，住得挤，想换个大房子",
        "谢谢你昨天借我的梯子，我明天还",
        "好的餐厅推荐一个",
        "不是修电梯是修灯",
        "这个菜一般人做不好",
        "第二个孩子出生了",
        "他考了5分，气死我",
        "怎么还没下雨啊",
        "没有人比我更懂",
        "3栋电梯坏了",
        "我的工单位发了奖金",
        "？",
        "😂😂😂",
        "",
        "   ",
    ],
)
def test_the_same_words_in_a_story_mean_nothing(text: str) -> None:
    assert find_cue(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    find_cue(text)


@given(
    st.lists(
        st.sampled_from(
            "好 的 嗯 谢谢 不用 了 算了 怎么 还 没 来 催 我 也 是 1 , 对 工单 撤销 取消 行 吗".split()
        ),
        max_size=30,
    )
)
def test_no_run_of_its_own_words_keeps_it_from_an_answer(words: list[str]) -> None:
    cue = find_cue("".join(words))
    assert cue is None or cue.kind


@pytest.mark.timeout(30)  # what goes back over the text again and again would not end
@pytest.mark.parametrize("unit", ["算了", "好", "1", "，", "不是"])
def test_a_huge_message_is_no_cue(unit: str) -> None:
    assert find_cue(unit * 50_000) is None
