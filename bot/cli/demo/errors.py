"""Why the demo cannot be loaded."""

from __future__ import annotations

from bot.errors import LinanError


class CannotLoad(LinanError):
    """The demo cannot be loaded; nothing was changed."""

    code = "cannot_load_demo"


class DemoLoaded(CannotLoad):
    """The demo stands in this database already."""

    code = "demo_loaded"


class StoryWrong(CannotLoad):
    """The files of ``data/demo`` hold something that cannot be."""

    code = "demo_wrong"
