"""Errors of the road; those of the rooms are in ``actions.errors``.

    LinanError
    ├── SettingsError        the environment holds a value we cannot use
    ├── StorageError         the database cannot be reached or is of another version
    ├── UnderstandError      the model cannot be loaded or the model server does not answer
    ├── PhraseMissing        a text is missing in data/phrases
    └── DeliveryError        a channel did not take a message
        ├── DeliveryUnknown  or has taken it without saying so
        ├── DeliveryLater    and says when it will
        └── DeliveryRefused  and never will: do not try again
"""

from __future__ import annotations

from datetime import datetime


class LinanError(Exception):
    """Something in the road went wrong; ``code`` is stable for logs and APIs."""

    code = "linan_error"


class SettingsError(LinanError):
    """The environment holds a value we cannot use."""

    code = "bad_settings"


class StorageError(LinanError):
    """The database cannot be reached or is of another version."""

    code = "storage_error"


class UnderstandError(LinanError):
    """The model cannot be loaded, or the model server does not answer."""

    code = "understand_error"


class PhraseMissing(LinanError):
    """A text is missing in data/phrases."""

    code = "phrase_missing"


class DeliveryError(LinanError):
    """A channel did not take a message; try again later."""

    code = "delivery_error"


class DeliveryRefused(DeliveryError):
    """A channel will never take this message."""

    code = "delivery_refused"


class DeliveryUnknown(DeliveryError):
    """A channel may or may not have taken this message: one repetition, no more."""

    code = "delivery_unknown"


class DeliveryLater(DeliveryError):
    """A channel will take this message at ``until``, an aware instant: it waits there and no try is counted.
    ``whole_chat``: a limit of the chat is reached, so what comes after it there waits as long."""

    code = "delivery_later"

    def __init__(self, until: datetime, reason: str, *, whole_chat: bool = True) -> None:
        super().__init__(reason)
        self.until, self.whole_chat = until, whole_chat
