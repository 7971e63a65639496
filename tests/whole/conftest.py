"""Offices for these tests: real database, no broker, a time that the test tells."""

from __future__ import annotations

from tests.clocks.conftest import installed_database, open_office

__all__ = ["installed_database", "open_office"]
