"""What unit tests share: the community of the rooms' tests."""

from __future__ import annotations

from tests.support.desk import community_file, desk

__all__ = ["community_file", "desk"]
