"""What one process remembers of the changes of statuses, and what it costs to ask for what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import SupportsIndex
from uuid import uuid4

from sqlalchemy.ext.asyncio import create_async_engine

from casework.followup.status_feed import REMEMBERED, Change, StatusFeed


class Counted(deque[Change]):
    """Counts how often one of its elements is touched."""

    touched = 0

    def __iter__(self) -> Iterator[Change]:
        for each in super().__iter__():
            self.touched += 1
            yield each

    def __getitem__(self, index: SupportsIndex) -> Change:  # type: ignore[override]
        self.touched += 1
        return super().__getitem__(index)


def test_asking_for_what_is_new_touches_what_is_new_and_nothing_else() -> None:
    feed = StatusFeed(create_async_engine("postgresql+asyncpg://nobody@127.0.0.1/nothing"))  # never connects
    changes = [Change(0, number, uuid4(), "desk", b"{}") for number in range(REMEMBERED)]
    feed._recent = remembered = Counted(changes)
    feed._first = 70
    following = feed.following
    for _ in range(300):
        assert feed.since(following) == ([], following)
    assert remembered.touched == 0
    assert feed.since(following - 3) == (changes[-3:], following)
    assert remembered.touched == 3
    assert feed.since(70) == (changes, following)
    assert feed.since(69) is None
    feed._forget()
    assert feed.since(following) is None
    assert feed.since(feed.following) == ([], feed.following)
