"""Other people's ciphers at the other end: what they seal we open, what we seal they open."""

from __future__ import annotations

import json
import subprocess

from wechatpy.crypto import WeChatCrypto
from wechatpy.enterprise.crypto import WeChatCrypto as WeComCrypto

from bot.channels.wecom.crypto import MessageCrypt
from bot.channels.wecom.envelopes import build_xml, build_xml_answer, find_cipher, read_envelope, text_of
from tests.needs import node_package

TOKEN, KEY, NONCE, STAMP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "1372623149", "1409659813"
WORDS = '电梯又坏了🛗，3号楼 <急> ]]> & "快"'
TEXTS = ["", "a", WORDS, "长" * 700, *("x" * n for n in (11, 12, 13, 27, 28, 29, 43))]
IN_NODE = """
const crypto = require(process.argv[1]);
const [token, key, nonce, stamp, jobs] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(jobs.map(({sealed, text, receiver}) => {
  const encrypt = crypto.encrypt(key, text, receiver);
  const {message, id} = crypto.decrypt(key, sealed);
  return {opened: [message, id], encrypt, signature: crypto.getSignature(token, stamp, nonce, encrypt)};
})));
"""


def test_node_opens_ours_and_we_open_nodes() -> None:
    jobs, crypts = [], [MessageCrypt(TOKEN, KEY, receiver) for receiver in ("ww1436e0e65a779aee", "")]
    for crypt in crypts:
        jobs += [{"sealed": crypt.encrypt(t.encode()), "text": t, "receiver": crypt.receiveid} for t in TEXTS]
    ran = subprocess.run(
        ["node", "-e", IN_NODE, str(node_package("@wecom/crypto"))],
        input=json.dumps([TOKEN, KEY, NONCE, STAMP, jobs]), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    for job, answer in zip(jobs, json.loads(ran.stdout), strict=True):
        crypt = MessageCrypt(TOKEN, KEY, job["receiver"])
        assert answer["opened"] == [job["text"], job["receiver"]]
        assert crypt.open(answer["signature"], STAMP, NONCE, answer["encrypt"]).decode() == job["text"]


def test_wechatpy_opens_ours_and_we_open_wechatpys() -> None:
    for theirs, receiver in ((WeComCrypto, "ww1436e0e65a779aee"), (WeChatCrypto, "wx49f0ab532d5d035a")):
        ours = MessageCrypt(TOKEN, KEY, receiver)
        inner = build_xml({"MsgType": "text", "Content": WORDS, "MsgId": 4561255354251345929})
        sealed = ours.seal(inner.encode(), STAMP, NONCE)
        peer = theirs(TOKEN, KEY, receiver)
        opened = peer.decrypt_message(build_xml_answer(sealed), sealed.signature, STAMP, NONCE)
        assert (opened.decode() if isinstance(opened, bytes) else opened) == inner
        answer = read_envelope(peer.encrypt_message(inner, NONCE, STAMP).encode())
        signature = text_of(answer, "MsgSignature")
        assert ours.open(signature, STAMP, NONCE, find_cipher(answer)).decode() == inner
