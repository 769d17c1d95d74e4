"""What the web chat refuses, with a code for the page and a phrase for the resident.

ChatRefused
├── BadFrame      the frame cannot be understood
└── BadPicture    the picture cannot be taken
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# codes after which the same message may be sent again, with the pause in seconds
RETRY_AFTER_S: Mapping[str, int] = {"rate_limited": 20, "server_error": 5, "hello_first": 1}


class ChatRefused(Exception):
    """Refused; ``code`` is stable, ``data/phrases/webchat.yml`` holds ``webchat.error.<code>``."""

    def __init__(self, code: str, *, client_id: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code, self.client_id, self.params = code, client_id, params

    @property
    def phrase(self) -> str:
        return f"webchat.error.{self.code}"


class BadFrame(ChatRefused):
    """The frame cannot be understood."""


class BadPicture(ChatRefused):
    """The picture cannot be taken."""
