"""The installation's rules and templates of notices, from ``data/notices``."""

from __future__ import annotations

from pathlib import Path

from actions.notices.book import BookWrong, NoticeBook, read_book
from bot.errors import SettingsError

FOLDER = "notices"
RULES = "rules"


def load_book(data: Path) -> NoticeBook:
    """The book. Raises SettingsError that says what is wrong in which folder."""
    files = {path.stem: path for path in sorted((data / FOLDER).glob("*.yml"))}
    try:
        texts = {name: path.read_text("utf-8") for name, path in files.items()}
        return read_book(texts.pop(RULES), tuple(texts.items()))
    except (OSError, KeyError, BookWrong) as error:
        raise SettingsError(f"cannot read {data / FOLDER}: {error}") from error
