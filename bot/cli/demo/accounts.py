"""Passwords of the demo's staff: random in every installation, readable, printed once and kept in var/."""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = "demo-accounts.txt"
_WORDS, _NUMBERS = 3, 10_000


@dataclass(frozen=True, slots=True)
class Account:
    """One login of the console, with its password in the clear."""

    login: str
    name: str
    title: str
    password: str


def make_password(words: Sequence[str]) -> str:
    """Three words and four digits: easy to type, and guessing is locked out long before it is found."""
    chosen = "-".join(secrets.choice(words) for _ in range(_WORDS))
    return f"{chosen}-{secrets.randbelow(_NUMBERS):04d}"


def describe(
    accounts: Sequence[Account],
    invites: Sequence[tuple[str, str]],
    residents: Sequence[tuple[str, str]],
    url: str,
    kept_in: Path,
) -> str:
    """The table of accounts and the links, as printed."""
    rows = [("登录名", "岗位", "姓名", "密码")]
    rows += [(account.login, account.title, account.name, account.password) for account in accounts]
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    table = ["  ".join((*map(_pad, row[:3], widths), row[3])) for row in rows]
    return "\n".join(
        (
            "演示社区已装好（人和事都是编的）。",
            "",
            "居民进群（点开、填个称呼就能说话）：",
            *(f"  {name}  {url}/j/{invite}" for name, invite in invites),
            "",
            "现成的居民（点开就是本人；换一位请用无痕窗口）：",
            *(f"  {nickname}  {url}/r/{token}" for nickname, token in residents),
            "",
            f"工作人员登录：{url}/console/",
            *(f"  {line}" for line in table),
            "",
            f"以上只打印这一次，另存在 {kept_in}",
        )
    )


def keep(text: str, path: Path) -> None:
    """Write it where only this user can read it."""
    path.unlink(missing_ok=True)  # an older file might be readable by others
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
