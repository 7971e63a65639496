"""What intake can be asked: which case a sender's reference stands for, and whether it is a recorded history."""

from __future__ import annotations

from uuid import UUID

from casework.shared.contracts.envelope import open_envelope
from casework.shared.http.commands import UnknownCase
from casework.shared.runtime.database import Work


async def case_of(work: Work, source: str, source_reference: str) -> UUID:
    """The case of (source, source_reference). Raises `UnknownCase`."""
    case_id: UUID | None = await work.fetch_value(
        "SELECT case_id FROM reference WHERE source = $1 AND source_reference = $2", source, source_reference
    )
    if case_id is None:
        raise UnknownCase("No complaint is known under that source and reference.")
    return case_id


async def is_recorded_history(work: Work, case_id: UUID) -> bool:
    """Whether the complaint was received so long ago, when it was recorded here, that its time was given with it."""
    first: bytes = await work.fetch_value("SELECT envelope FROM event WHERE case_id = $1 AND version = 1", case_id)
    return open_envelope(first).occurred_at is not None
