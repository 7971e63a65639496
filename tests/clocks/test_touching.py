"""Touching a case moves none of its deadlines, and no deadline lies in a time that nobody can mean."""

from __future__ import annotations

DAYS = 12
