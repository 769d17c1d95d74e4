"""What the classifier reads: script, width, mentions, numbers, pictures, dialect."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.examples import read_examples
from nlu.model.features import Vectorizer, readable
from nlu.model.script import is_traditional, to_simplified, to_traditional
from nlu.model.text import normalise
from nlu.model.words import RAREST, Segmenter, read_words
from nlu.training import ROOT

with warnings.catch_warnings():  # jieba looks for pkg_resources, which complains of its age
    warnings.simplefilter("ignore")
    import jieba


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("電梯壞了", "电梯坏了"),
        ("３栋２单元，快来！", "0栋0单元,快来!"),
        ("快打119", "快打119"),
        ("我住2503", "我住0000"),
        ("@小邻 你好", "@工作人员 你好"),
        ("小鄰，滅火器怎麼用", "灭火器怎么用"),
        ("小邻小邻、小邻!垃圾几点收", "垃圾几点收"),
        ("小邻，你好", "小邻,你好"),
        ("@小邻 滅火器怎麼用", "灭火器怎么用"),
        ("@小邻垃圾几点收", "垃圾几点收"),
        ("小邻居们都在吗", "小邻居们都在吗"),
        ("@物业3栋漏水", "@工作人员 0栋漏水"),
        ("@阿芬\u2005早", "@某人 早"),
        ("@老王家里电梯坏了", "@老王家里电梯坏了"),
        ("你说呢@老王", "你说呢@某人"),
        ("哈哈哈哈哈哈哈哈", "哈哈哈"),
        ("看 https://example.com/x?y=1 吧", "看 网址 吧"),
        ("冇水呀佢话唔得", "没有水呀他话不得"),
        ("笑死[捂脸]", "笑死☺"),
        ("👍🏽", "☺👍"),
        ("  \n ", ""),
    ],
)
def test_a_text_is_normalised(written: str, read: str) -> None:
    assert normalise(written) == read


@given(st.text(max_size=300))
def test_any_text_can_be_normalised_and_stays_so(text: str) -> None:
    assert len(normalise(text)) <= 12 * len(text) + 12
    assert "\n" not in normalise(text)


def test_a_very_long_text_is_cut_to_head_and_tail() -> None:
    assert len(normalise("前言" * 50_000 + "电梯坏了")) < 700
    assert normalise("前言" * 50_000 + "电梯坏了").endswith("电梯坏了")


@pytest.mark.parametrize("text", ["樓道燈壞了", "唔該幫我睇下個閘，鎖死咗"])
def test_traditional_writing_is_recognised(text: str) -> None:
    assert is_traditional(text)


@pytest.mark.parametrize("text", ["楼道灯坏了", "abc 123", "", "今天吃什么"])
def test_simplified_and_foreign_writing_is_not_traditional(text: str) -> None:
    assert not is_traditional(text)


def test_scripts_are_turned_both_ways() -> None:
    assert to_simplified("樓道燈壞了") == "楼道灯坏了"
    assert to_traditional("楼道灯坏了") == "樓道燈壞了"


def test_words_of_the_lexicon_stay_whole() -> None:
    sentence = "听雨轩边上"

    assert "听雨轩" in Segmenter(["听雨轩"]).cut(sentence)
    assert "听雨轩" not in Segmenter().cut(sentence)


def test_cutting_loses_no_character() -> None:
    assert "".join(Segmenter().cut("3栋电梯又坏了😂abc")) == "3栋电梯又坏了😂abc"


def test_the_shipped_dictionaries_can_be_read() -> None:
    words = read_words(ROOT / "data" / "lexicon")

    assert words
    assert all(len(word) > 1 and not word.isspace() for word in words)


def test_rows_have_unit_length_and_unknown_terms_are_left_out() -> None:
    vectorizer = Vectorizer.fit(["电梯坏了", "电梯停了", "报名", "报名"])

    rows = vectorizer.transform(["电梯坏了", "", "龘"])

    assert rows[0].multiply(rows[0]).sum() == pytest.approx(1)
    assert rows[1].nnz == rows[2].nnz == 0


def test_terms_in_fewer_texts_than_asked_for_are_not_learned() -> None:
    texts = ["电梯坏了", "电梯停了"]

    assert "坏" not in Vectorizer.fit(texts, at_least=2).terms
    assert "坏" in Vectorizer.fit(texts, at_least=1).terms


def test_a_stored_vectorizer_gives_the_same_rows() -> None:
    before = Vectorizer.fit(["电梯坏了", "电梯停了", "老亭子电梯"], ["老亭子"], at_least=1)
    after = Vectorizer.restore(before.store())

    texts = ["老亭子的电梯", "停了"]
    assert (before.transform(texts) != after.transform(texts)).nnz == 0


def test_reasons_are_words_and_not_pieces_of_words() -> None:
    assert readable(["梯", "电梯", "w 电梯坏", "\x02快", "0单", "坏", "打110"], 4) == ("电梯坏", "打110")


def test_words_are_those_that_jieba_finds_with_the_same_dictionary() -> None:
    ours = Segmenter()
    theirs = jieba.Tokenizer()
    lines = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    counts = {line.split(" ")[0]: int(line.split(" ")[1]) for line in lines}
    theirs.FREQ = {word: count for word, count in counts.items() if count >= RAREST}
    theirs.total = sum(theirs.FREQ.values())
    theirs.FREQ |= {w[:n]: theirs.FREQ.get(w[:n], 0) for w in theirs.FREQ for n in range(1, len(w))}
    theirs.initialized = True

    texts = [normalise(example.text) for example in read_examples([ROOT / "data" / "nlu" / "consult.yml"])]
    han = ["".join(re.findall("[\u4e00-\u9fa5]", text)) for text in texts]
    assert len(han) > 80
    assert [ours.cut(text) for text in han] == [theirs.lcut(text, HMM=False) for text in han]
