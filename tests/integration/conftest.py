"""What integration tests share: the workbench of the teaching pages."""

from __future__ import annotations

from tests.support.workbench import bench

__all__ = ["bench"]
