"""Words and vectors find the text that answers a question."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.model.retrieval import Bm25, Document, Retriever, plain_question, words_of

EVERYTHING = frozenset({1, 2, 3})


def unit(*values: float) -> np.ndarray:
    row = np.array(values, np.float32)
    return row / np.linalg.norm(row)


def test_rare_words_weigh_more_and_unknown_ones_count_against_all() -> None:
    scores = Bm25.of([["社保卡", "怎么", "补"], ["居住证", "怎么", "办"], ["狗证", "怎么", "办"]]).scores
    assert scores(["社保卡", "怎么"]).argmax() == 0
    assert scores(["居住证", "怎么", "办"])[1] > scores(["居住证", "怎么", "办"])[2]
    assert scores(["居住证", "烈士证"])[1] < scores(["居住证"])[1]
    assert scores(["没见过"]).tolist() == [0, 0, 0]
    assert max(scores(["居住证"])) < 1


def test_no_documents_and_no_words_find_nothing() -> None:
    assert Bm25.of([]).scores(["电梯"]).tolist() == []
    nothing = Retriever.of([], np.zeros((0, 2), np.float32))
    assert nothing.find("问", unit(1, 0), EVERYTHING) == []


@pytest.fixture
def shelf() -> Retriever:
    documents = [
        Document(1, ("社保卡丢了怎么补", "医保卡挂失"), "社保卡"),
        Document(2, ("居住证丢了怎么补",), "居住证"),
        Document(3, ("狗证怎么办",), "养犬登记"),
    ]
    vectors = np.stack([unit(1, 0.02), unit(0.5, 1), unit(1, 0), unit(0, 1)])
    return Retriever.of(documents, vectors)


def test_words_decide_between_those_that_are_about_as_near(shelf: Retriever) -> None:
    hits = shelf.find("居住证丢了", unit(1, 0.02), EVERYTHING)
    assert [hit.name for hit in hits][:2] == [2, 1]
    assert hits[0].score == pytest.approx(0.9998, abs=1e-3)  # what is trusted is the nearness alone


def test_only_what_is_allowed_is_found(shelf: Retriever) -> None:
    assert [hit.name for hit in shelf.find("居住证丢了", unit(1, 0), frozenset({1, 3}))] == [1, 3]
    assert shelf.find("居住证丢了", unit(1, 0), frozenset()) == []


def test_whom_it_is_put_to_is_no_part_of_a_question() -> None:
    assert plain_question("@小邻 狗證怎麼辦") == "狗证怎么办"
    assert plain_question("小邻，狗证怎么办") == "狗证怎么办"
    assert "狗证" not in words_of("，。！")
