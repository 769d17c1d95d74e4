"""The cipher of callbacks: every published vector, every lie that one can tell, and any text."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.onebot.accounts import Account as OneBotAccount
from bot.channels.wecom import crypto
from bot.channels.wecom.aibot_accounts import Bot, Hook
from bot.channels.wecom.crypto import (
    Base64Wrong,
    BufferWrong,
    CipherWrong,
    CryptError,
    KeyWrong,
    MessageCrypt,
    ReceiverWrong,
    SignatureWrong,
    is_signed,
    pad,
    run,
    sign,
    unpad,
)

FILE = Path(__file__).parent / "data" / "wxbizmsgcrypt_vectors.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
CIPHERS = [vector for vector in VECTORS if "encrypt" in vector]
RANDOM = [vector for vector in CIPHERS if "random" in vector]
PLAIN = next(vector for vector in VECTORS if "cases" in vector)
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CRYPT = MessageCrypt("QDG6eK", KEY, "ww1", prefix=lambda: b"0123456789abcdef")


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def crypt_of(vector: dict[str, Any]) -> MessageCrypt:
    random = vector.get("random", "0123456789abcdef").encode()
    return MessageCrypt(vector["token"], vector["encoding_aes_key"], vector["receiveid"], prefix=lambda: random)


def lie(whole: bytes) -> str:
    """A cipher made with the right key around bytes that no honest sender would write."""
    return base64.b64encode(run(CRYPT._cipher().encryptor(), whole)).decode()


def test_the_file_holds_all_vectors() -> None:
    assert len(CIPHERS) == 9
    assert len(RANDOM) == 8
    assert len(PLAIN["cases"]) == 2


@pytest.mark.parametrize("vector", CIPHERS, ids=named)
def test_a_published_envelope_opens(vector: dict[str, Any]) -> None:
    opened = crypt_of(vector).open(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert opened.decode() == vector["plaintext"]


@pytest.mark.parametrize("vector", RANDOM, ids=named)
def test_with_the_published_random_bytes_the_same_envelope_is_made(vector: dict[str, Any]) -> None:
    sealed = crypt_of(vector).seal(vector["plaintext"].encode(), vector["timestamp"], vector["nonce"])
    assert sealed.encrypt == vector["encrypt"]
    assert sealed.signature == vector["msg_signature"]
    assert (sealed.timestamp, sealed.nonce) == (vector["timestamp"], vector["nonce"])


@pytest.mark.parametrize("case", PLAIN["cases"], ids=lambda case: str(case["nonce"]))
def test_plain_mode_signs_three_strings(case: dict[str, str]) -> None:
    assert is_signed(case["signature"], PLAIN["token"], case["timestamp"], case["nonce"])
    assert not is_signed(case["signature"], PLAIN["token"], case["timestamp"], case["nonce"] + "1")


@given(
    st.text(max_size=300),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=24),
    st.from_regex(r"[A-Za-z0-9]{43}", fullmatch=True),
)
@settings(max_examples=60)
def test_whatever_is_sealed_opens_again(text: str, receiveid: str, key: str) -> None:
    crypt = MessageCrypt("令牌", key, receiveid)
    sealed = crypt.seal(text.encode("utf-8", "replace"), "1409659813", "n")
    assert crypt.open(sealed.signature, "1409659813", "n", sealed.encrypt) == text.encode("utf-8", "replace")
    assert len(base64.b64decode(sealed.encrypt)) % 32 == 0
    assert crypt.encrypt(b"x") != crypt.encrypt(b"x")  # never the same bytes in front


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_any_length_is_padded_by_one_to_thirty_two(whole: bytes) -> None:
    padded = pad(whole)
    assert len(padded) % 32 == 0
    assert 1 <= len(padded) - len(whole) <= 32
    assert unpad(padded) == whole


@given(st.text(max_size=60), st.binary(max_size=120))
@settings(max_examples=60)
def test_whatever_comes_is_refused_as_one_of_our_errors(text: str, body: bytes) -> None:
    for encrypt in (text, base64.b64encode(body).decode(), lie(body + b"\x00" * (-len(body) % 16) or b"\x00" * 16)):
        with pytest.raises(CryptError):
            CRYPT.decrypt(encrypt)
        with pytest.raises(SignatureWrong):
            CRYPT.open("0" * 40, "1", "n", encrypt)


@pytest.mark.parametrize(
    ("whole", "error"),
    [
        (b"r" * 16 + (999_999).to_bytes(4, "big") + b"hi" + b"ww1", BufferWrong),
        (b"r" * 16 + b"\xff\xff\xff\xff" + b"hi" + b"ww1", BufferWrong),
        (b"r" * 16 + (1).to_bytes(4, "big") + b"hi" + b"ww1", ReceiverWrong),
        (b"r" * 16 + (2).to_bytes(4, "big") + b"hi" + b"ww2", ReceiverWrong),
        (b"r" * 16 + (2).to_bytes(4, "big") + b"hi", ReceiverWrong),
        (b"r" * 12, BufferWrong),
    ],
)
def test_a_lie_inside_is_found(whole: bytes, error: type[CryptError]) -> None:
    with pytest.raises(error):
        CRYPT.decrypt(lie(pad(whole)))


@pytest.mark.parametrize("padding", [b"\x00", b"\x21" * 33, b"\x02\x01\x02", b"\xff"])
def test_a_padding_that_is_none_is_found(padding: bytes) -> None:
    whole = b"r" * 16 + (1).to_bytes(4, "big") + b"x" + b"ww1" + padding
    with pytest.raises(BufferWrong):
        unpad(whole)


@pytest.mark.parametrize(
    ("encrypt", "error"),
    [("", CipherWrong), ("a", Base64Wrong), ("不是", Base64Wrong), ("YWJj", CipherWrong), ("A" * 44, BufferWrong)],
)
def test_what_is_no_cipher_is_found(encrypt: str, error: type[CryptError]) -> None:
    with pytest.raises((error, CipherWrong)):
        CRYPT.decrypt(encrypt)


def test_an_empty_receiver_must_be_empty() -> None:
    bot = MessageCrypt("t", KEY, "")
    assert bot.decrypt(bot.encrypt(b"{}")) == b"{}"
    with pytest.raises(ReceiverWrong):
        bot.decrypt(CRYPT.encrypt(b"{}"))
    with pytest.raises(ReceiverWrong):
        CRYPT.decrypt(bot.encrypt(b"{}"))


@pytest.mark.parametrize("key", ["", "short", KEY + "A", KEY[:-1] + "!", KEY + "="])
def test_a_key_that_is_none_is_refused_at_once(key: str) -> None:
    with pytest.raises(KeyWrong):
        MessageCrypt("t", key, "")


def test_secrets_do_not_stand_in_what_is_printed() -> None:
    assert KEY not in repr(CRYPT)
    assert "QDG6eK" not in repr(CRYPT)
    onebot = OneBotAccount(1, 1, "东区", "10001", "http", "http://x", "the-token", "the-secret", False, False, True)
    bot = Bot(1, 1, "小邻", "aib", "callback", "", "the-secret", "the-token", KEY, False, "")
    hook = Hook(1, 1, "喇叭", "the-key", False, "", None)
    printed = f"{onebot!r}{bot!r}{hook!r}"
    assert not any(secret in printed for secret in ("the-token", "the-secret", "the-key", KEY))


def test_a_signature_is_compared_whole_and_without_case() -> None:
    right = sign("t", "1", "n", "e")
    assert is_signed(right.upper(), "t", "1", "n", "e")
    for wrong in ("", right[:-1], right + "0", "é" * 40):
        assert not is_signed(wrong, "t", "1", "n", "e")


def test_files_of_bots_are_decrypted_with_the_same_key() -> None:
    body = base64.b64decode(lie(pad(b"\x89PNG picture")))
    assert CRYPT.decrypt_file(body) == b"\x89PNG picture"
    with pytest.raises(CipherWrong):
        CRYPT.decrypt_file(body[:-1])


def test_every_number_is_the_platforms_own() -> None:
    errors = [SignatureWrong, KeyWrong, ReceiverWrong, CipherWrong, BufferWrong, Base64Wrong]
    assert [error.number for error in errors] == [-40001, -40004, -40005, -40007, -40008, -40010]
    assert crypto.CryptError.number == -40000
