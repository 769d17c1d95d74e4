"""Envelopes of callbacks in XML and JSON: what is in them, and what is turned away unread."""

from __future__ import annotations

import json
import re

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wecom.crypto import Sealed
from bot.channels.wecom.envelopes import (
    EnvelopeWrong,
    build_json_answer,
    build_xml,
    build_xml_answer,
    find_cipher,
    read_envelope,
    read_json,
    read_xml,
    text_of,
)

BILLION = b"""<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>"""
READ_FILE = b"""<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>"""


def test_texts_stand_under_their_names() -> None:
    tree = read_xml("<xml><A><![CDATA[<你好>]]></A><B>1</B><C/><D><E>x</E><E>y</E><E>z</E></D></xml>".encode())
    assert tree == {"A": "<你好>", "B": "1", "C": "", "D": {"E": ["x", "y", "z"]}}
    assert text_of(tree, "C", "B", "A") == "1"
    assert text_of(tree, "D") == ""
    assert text_of({"n": 7, "b": True}, "b", "n") == "7"


@pytest.mark.parametrize(
    "body",
    [
        BILLION,
        READ_FILE,
        b"<!DOCTYPE xml><xml><A>1</A></xml>",
        b"<xml><A>&nowhere;</A></xml>",
        b"<xml><A></xml>",
        b"",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="nothing"?><xml><A>1</A></xml>',
        b"<xml>words</xml>",
        b"<x>" * 40 + b"</x>" * 40,
        pytest.param(b"<xml>" + b"<a/>" * 5000 + b"</xml>", id="many elements"),
        pytest.param(b"<xml><a " + b" ".join(b'a%d=""' % n for n in range(5000)) + b"/></xml>", id="many attributes"),
        b"{",
        b'"text"',
        b"[1]",
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_envelope_is_refused_with_one_error(body: bytes) -> None:
    with pytest.raises(EnvelopeWrong):
        read_envelope(body) if not body.startswith((b'"', b"[")) else read_json(body)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=80)
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read_envelope(body), dict)
    except EnvelopeWrong:
        return


@pytest.mark.parametrize(
    "body", [b"<xml><Encrypt>c</Encrypt></xml>", b' {"encrypt":"c"}', b'\xef\xbb\xbf{"Encrypt":"c"}']
)
def test_the_cipher_is_found_however_it_is_spelt(body: bytes) -> None:
    assert find_cipher(read_envelope(body)) == "c"


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_any_words_come_out_of_our_xml_as_they_were(text: str) -> None:
    said = "".join(
        re.findall(
            "[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text.replace("\r\n", "\n").replace("\r", "\n")
        )
    )
    tree = read_xml(build_xml({"Content": text, "Count": 3, "Inner": {"Title": text}, "Kept": "1"}).encode())
    assert tree["Content"] == said
    assert tree["Inner"]["Title"] == said
    assert tree["Count"] == "3"


def test_answers_are_sealed_as_each_kind_wants_them() -> None:
    sealed = Sealed("c+/=", "abc", "1409659813", "n]]>once")
    root = fromstring(build_xml_answer(sealed))
    assert {child.tag: child.text for child in root} == {
        "Encrypt": "c+/=", "MsgSignature": "abc", "TimeStamp": "1409659813", "Nonce": "n]]>once",
    }  # fmt: skip
    assert json.loads(build_json_answer(sealed)) == {
        "encrypt": "c+/=", "msgsignature": "abc", "timestamp": 1409659813, "nonce": "n]]>once",
    }  # fmt: skip
