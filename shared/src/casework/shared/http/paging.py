"""Pages of a list: at most 200 items, and a token that says where the next page starts.

Invariant: a page is found by the sort key of the last item, never by counting, so that what is added or
removed meanwhile neither repeats nor hides an item. Tokens are opaque to clients and checked when they return.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from casework.shared.errors import InvalidMessage

MOST = 200
T = TypeVar("T")

PageSize = Annotated[int, Query(ge=1, le=MOST, description=f"items on a page, at most {MOST}")]
CursorToken = Annotated[
    str | None, Query(max_length=1_000, description="`next` of the page before; leave out for the first page")
]


class BadCursor(InvalidMessage):
    """The token was not made for this list."""

    code = "bad-cursor"

    def __init__(self) -> None:
        super().__init__("this cursor does not belong to this list; start again without one")


class Page(BaseModel, Generic[T]):
    """One page. `next` is absent (null) on the last one."""

    items: list[T]
    next: str | None = Field(default=None, description="send it as `cursor` to get the page after this one")


def cursor_after(listing: str, *sort_key: str | int) -> str:
    """The token of the page after the item with `sort_key`. `listing` names the list and its filters."""
    document = json.dumps([listing, *sort_key], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def sort_key_of(token: str, listing: str, *kinds: type[str] | type[int]) -> tuple[str | int, ...]:
    """The sort key that `cursor_after` wrote into `token` for the same `listing`, one value for each of `kinds`.

    Raises `BadCursor` for a token of another list or another making. The values are only of the right kinds: a
    forged token may hold anything.
    """
    try:
        document = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        document = None
    if (
        not isinstance(document, list)
        or document[:1] != [listing]
        or [type(value) for value in document[1:]] != list(kinds)
    ):
        raise BadCursor
    return tuple(document[1:])
