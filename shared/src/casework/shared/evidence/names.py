"""Names and numbers on papers, as they are compared. Pure."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """What two spellings of one name or number have in common: width of letters, case and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
