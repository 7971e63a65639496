"""Setting relay cursors back, so that records are sent again."""

from __future__ import annotations

from casework.shared.runtime.database import Work


async def rewind(work: Work, to: int, topic: str | None = None) -> int:
    """Let the relays of this store send everything from position `to` on again, on one topic or on all of theirs.
    Returns how many cursors were set back. Consumers drop what they have already.

    A running relay notices by the epoch, within a second. The record it remembers as the last acknowledged stays
    remembered: without it the relay would look through its topic from the beginning, find everything there, and
    move its cursor on without sending.
    """
    return await work.execute(
        "UPDATE relay_cursor SET position = $1::bigint - 1, epoch = epoch + 1"
        " WHERE position >= $1 AND ($2::text IS NULL OR topic = $2)",
        to,
        topic,
    )
