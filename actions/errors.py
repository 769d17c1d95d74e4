"""Errors of the rooms: each names the rule that was broken.

    ActionError
    ├── NotFound                 the thing asked for is not there, or not for this person to see
    ├── NotAllowed               this person may not do that
    ├── MoveRefused              the ticket's state does not allow that move
    └── InvalidInput             a value is missing or out of range
"""

from __future__ import annotations

from typing import Any


class ActionError(Exception):
    """A rule was broken; ``code`` is for machines, ``phrase`` and ``params`` give people's text."""

    code = "action_error"
    phrase = "error.action"

    def __init__(self, message: str = "", /, *, phrase: str | None = None, **params: Any) -> None:
        super().__init__(message or self.__doc__ or self.code)
        self.params = params
        if phrase is not None:
            self.phrase = phrase


class NotFound(ActionError):
    """The thing asked for is not there, or not for this person to see."""

    code = "not_found"
    phrase = "error.not_found"


class NotAllowed(ActionError):
    """This person may not do that."""

    code = "not_allowed"
    phrase = "error.not_allowed"


class MoveRefused(ActionError):
    """The state of the ticket does not allow that move."""

    code = "move_refused"
    phrase = "error.move_refused"


class InvalidInput(ActionError):
    """A value is missing or out of range."""

    code = "invalid_input"
    phrase = "error.invalid_input"
