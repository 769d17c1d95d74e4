"""``linan demo``: a fictitious community with a week of history, played through the real commands."""

from bot.cli.demo.errors import CannotLoad, DemoLoaded
from bot.cli.demo.loading import load

__all__ = ["CannotLoad", "DemoLoaded", "load"]
