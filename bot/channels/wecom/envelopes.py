"""Envelopes of callbacks and answers, in XML and in JSON; pure. No document type and no entity is ever read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.wecom.crypto import Sealed

DEEPEST = 16
MOST_MARKS = 3000  # "<" or "=" in XML: the platforms' have a few dozen, the longest words a thousand or two
_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class EnvelopeWrong(Exception):
    """It is neither the XML nor the JSON that callbacks are; nothing of it is kept."""

    code = "envelope_wrong"


Tree = dict[str, Any]  # element → text, or what is in it; a list where one comes again


def read_xml(body: bytes) -> Tree:
    """What is in <xml>…</xml>: texts by the names of their elements. EnvelopeWrong for a DTD or what is no XML."""
    if max(body.count(b"<"), body.count(b"=")) > MOST_MARKS:  # a tree of a megabyte takes a second to make
        raise EnvelopeWrong("too many elements")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise EnvelopeWrong(type(error).__name__) from error
    tree = _branch(root, 0)
    if not isinstance(tree, dict):
        raise EnvelopeWrong("nothing in it")
    return tree


def _branch(element: Element, depth: int) -> Tree | str:
    if depth > DEEPEST:
        raise EnvelopeWrong("too deep")
    if not len(element):
        return element.text or ""
    tree: Tree = {}
    for child in element:
        value = _branch(child, depth + 1)
        known = tree.get(child.tag)
        if child.tag not in tree:
            tree[child.tag] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            tree[child.tag] = [known, value]
    return tree


def read_json(body: bytes) -> Tree:
    """The object; EnvelopeWrong for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EnvelopeWrong(type(error).__name__) from error
    if not isinstance(data, dict):
        raise EnvelopeWrong("no object")
    return data


def read_envelope(body: bytes) -> Tree:
    """The same of either kind, by its first character."""
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return read_json(body) if start == b"{" else read_xml(body)


def text_of(tree: Mapping[str, Any], *names: str) -> str:
    """The first of these that is a text or a number, else ""."""
    for name in names:
        value = tree.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def find_cipher(tree: Mapping[str, Any]) -> str:
    """The encrypted part, however it is spelt; "" without one."""
    return text_of(tree, "Encrypt", "encrypt")


def build_xml(values: Mapping[str, Any]) -> str:
    """<xml>…</xml>: numbers bare, texts as CDATA, mappings as elements in an element."""
    return f"<xml>{_elements(values)}</xml>"


def _elements(values: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in values.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inner = _elements(value)
    elif isinstance(value, int):
        inner = str(value)
    else:
        inner = cdata(str(value))
    return f"<{name}>{inner}</{name}>"


def cdata(text: str) -> str:
    """The text as one or more CDATA sections; what XML cannot hold is left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = _UNFIT.sub("", lines)
    return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def build_xml_answer(sealed: Sealed) -> str:
    """A sealed answer as apps and Official Accounts are given it."""
    return (
        f"<xml><Encrypt>{cdata(sealed.encrypt)}</Encrypt><MsgSignature>{cdata(sealed.signature)}</MsgSignature>"
        f"<TimeStamp>{escape(sealed.timestamp)}</TimeStamp><Nonce>{cdata(sealed.nonce)}</Nonce></xml>"
    )


def build_json_answer(sealed: Sealed) -> str:
    """A sealed answer as bots are given it: the time is a number there."""
    stamp = int(sealed.timestamp) if sealed.timestamp.isascii() and sealed.timestamp.isdigit() else sealed.timestamp
    return json.dumps(
        {"encrypt": sealed.encrypt, "msgsignature": sealed.signature, "timestamp": stamp, "nonce": sealed.nonce}
    )
