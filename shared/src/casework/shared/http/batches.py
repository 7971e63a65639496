"""A JSON array taken apart into the bytes of its items, before anybody reads one of them.

Invariant: linear in the length, and blind to what an item says: one that is not JSON, holds a key twice or is nested
too deep is still an item of its own, to be refused alone. Only where the array's own form is broken is there no item.
"""

from __future__ import annotations

import re

from casework.shared.errors import InvalidMessage

_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]|[\]}]', re.DOTALL)
"""Strings (also one that never ends), brackets and commas. Possessive throughout: linear on hostile input."""
_SPACE = " \t\r\n"


def items_of(body: bytes, most: int) -> list[bytes]:
    """The bytes of each item of the array in `body`, in order.

    Raises `InvalidMessage`: `malformed-json` where `body` is no array or its end is missing, `too-large` for more than
    `most` items.
    """
    try:
        text = body.decode("utf-8").strip(_SPACE)
    except UnicodeDecodeError as error:
        raise InvalidMessage(f"not UTF-8 at byte {error.start}", code="malformed-json") from None
    if not (text.startswith("[") and text.endswith("]")):
        raise InvalidMessage("a batch is a JSON array of events", code="malformed-json")
    depth, start, ends = 0, 1, []
    for token in _TOKENS.finditer(text):
        sign = token.group()[0]
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
            if depth == 0 and token.end() < len(text):
                raise InvalidMessage("something follows the end of the array", code="malformed-json")
        elif sign == "," and depth == 1:
            ends.append(token.start())
        if len(ends) >= most:
            raise InvalidMessage(f"a batch holds at most {most} events; send the rest in another", code="too-large")
    if depth != 0:
        raise InvalidMessage("the array has no end", code="malformed-json")
    items: list[bytes] = []
    for end in (*ends, len(text) - 1):
        items.append(text[start:end].strip(_SPACE).encode())
        start = end + 1
    return [] if items == [b""] else items
