"""What every policy file shares: how a mistake is refused, and how its place in the text is found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from casework.shared.errors import InvalidMessage


class InvalidPolicy(InvalidMessage):
    """The policy's text cannot be used. The message names the file and, where it can be told, line and field."""

    code = "invalid-policy"


def read_toml(text: str, file_name: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises `InvalidPolicy`; `file_name` is for its message only."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"{file_name}: not TOML: {error}. Correct the text at that place.") from None


def line_of_field(lines: Sequence[str], field: str, start: int, end: int) -> int | None:
    """The first of `lines[start:end]` that sets `field`, counted from 0, or None."""
    key = re.compile(rf"^\s*{re.escape(field)}\s*=")
    return next((at for at in range(start, end) if field and key.match(lines[at])), None)
