"""The cipher of callbacks (WXBizMsgCrypt) of WeCom apps, WeCom bots and Official Accounts; pure.

Inside a message stand 16 random bytes, the length of the text in four bytes, the text, and whom it is for
(corpid, suiteid, appid; empty for bots); around it AES-256-CBC, base64 and a SHA-1 signature over four strings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PREFIX = 16  # random bytes in front
LENGTH = 4  # bytes that say how long the text is
BLOCK = 16  # bytes of the cipher
PAD_TO = 32  # whole blocks of this many bytes
LONGEST_STAMP = 10  # digits of seconds, until the year 2286
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class CryptError(Exception):
    """The platforms' own numbers of what is wrong with an envelope; the words are for logs."""

    number = -40000
    code = "crypt_error"


class SignatureWrong(CryptError):
    """It was not signed with our token."""

    number, code = -40001, "signature_wrong"


class KeyWrong(CryptError):
    """The EncodingAESKey is none."""

    number, code = -40004, "key_wrong"


class ReceiverWrong(CryptError):
    """It is for somebody else."""

    number, code = -40005, "receiver_wrong"


class CipherWrong(CryptError):
    """It cannot be decrypted: not made with our key, or cut off."""

    number, code = -40007, "cipher_wrong"


class BufferWrong(CryptError):
    """What was decrypted is not laid out as it must be."""

    number, code = -40008, "buffer_wrong"


class Base64Wrong(CryptError):
    """It is no base64."""

    number, code = -40010, "base64_wrong"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message in its envelope: what goes into JSON or XML."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


def letters() -> bytes:
    """16 random bytes that are letters: some receivers read them as text."""
    return secrets.token_hex(PREFIX // 2).encode()


def sign(*parts: str) -> str:
    """SHA-1 over the parts in the order of their bytes: token, timestamp, nonce and, in an envelope, the cipher."""
    return hashlib.sha1(b"".join(sorted(part.encode("utf-8", "replace") for part in parts))).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether the signature was made of these parts; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(sign(*parts).encode(), signature.strip().lower().encode("utf-8", "replace"))


def is_fresh(timestamp: str, now: datetime, within: timedelta) -> bool:
    """Whether it was signed about now; what is no number of seconds was never signed by a platform."""
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > LONGEST_STAMP:
        return False
    return abs(now.timestamp() - int(timestamp)) <= within.total_seconds()


@dataclass(frozen=True, slots=True, repr=False)
class MessageCrypt:
    """Opens and seals. ``receiveid``: corpid, suiteid or appid; "" for bots. ``prefix`` makes the random bytes.

    Raises KeyWrong at once for an EncodingAESKey that cannot be one.
    """

    token: str
    encoding_aes_key: str
    receiveid: str
    prefix: Callable[[], bytes] = letters
    _key: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", read_key(self.encoding_aes_key))

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """The text of an envelope; CryptError for what is not for us, changed, or a lie."""
        if not is_signed(signature, self.token, timestamp, nonce, encrypt):
            raise SignatureWrong("msg_signature does not match")
        return self.decrypt(encrypt)

    def seal(self, text: bytes, timestamp: str, nonce: str) -> Sealed:
        """The text in an envelope."""
        encrypt = self.encrypt(text)
        return Sealed(encrypt, sign(self.token, timestamp, nonce, encrypt), timestamp, nonce)

    def decrypt(self, encrypt: str) -> bytes:
        """The text of a cipher, whoever signed it."""
        return split(unpad(run(self._cipher().decryptor(), read_cipher(encrypt))), self.receiveid.encode())

    def encrypt(self, text: bytes) -> str:
        """The cipher of a text, in base64."""
        whole = self.prefix() + len(text).to_bytes(LENGTH, "big") + text + self.receiveid.encode()
        return base64.b64encode(run(self._cipher().encryptor(), pad(whole))).decode()

    def decrypt_file(self, body: bytes) -> bytes:
        """A file as bots are given it: padded and encrypted with the same key, with nothing around it."""
        return unpad(run(self._cipher().decryptor(), whole_blocks(body)))

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self._key), CBC(self._key[:16]))


def read_key(encoding_aes_key: str) -> bytes:
    """The 32 bytes that the 43 characters stand for."""
    if not _KEY.fullmatch(encoding_aes_key):
        raise KeyWrong("EncodingAESKey must be 43 letters and digits")
    return base64.b64decode(encoding_aes_key + "=")


def read_cipher(encrypt: str) -> bytes:
    """The bytes of a cipher: base64, whole blocks, at least one."""
    try:
        body = base64.b64decode(encrypt.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Base64Wrong("Encrypt is no base64") from error
    return whole_blocks(body)


def whole_blocks(body: bytes) -> bytes:
    """The same, if it is something that a block cipher can have made."""
    if not body or len(body) % BLOCK:
        raise CipherWrong("not whole blocks")
    return body


def run(worker: CipherContext, body: bytes) -> bytes:
    """One pass of a cipher over the whole."""
    return worker.update(body) + worker.finalize()


def pad(whole: bytes) -> bytes:
    """Up to the next whole 32 bytes; 1 to 32 bytes, each saying how many they are."""
    count = PAD_TO - len(whole) % PAD_TO
    return whole + bytes([count]) * count


def unpad(padded: bytes) -> bytes:
    """Without the padding; BufferWrong where it is none."""
    count = padded[-1]
    if not 1 <= count <= PAD_TO or count > len(padded) or padded[-count:] != bytes([count]) * count:
        raise BufferWrong("the padding is none")
    return padded[:-count]


def split(whole: bytes, receiveid: bytes) -> bytes:
    """The text between its length and its receiver; both are held to what is really there."""
    start = PREFIX + LENGTH
    if len(whole) < start:
        raise BufferWrong("too short")
    end = start + int.from_bytes(whole[PREFIX:start], "big")
    if end > len(whole):
        raise BufferWrong("it says it is longer than it is")
    if not hmac.compare_digest(whole[end:], receiveid):
        raise ReceiverWrong("receiveid is not ours")
    return whole[start:end]
