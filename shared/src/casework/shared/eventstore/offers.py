"""Which offer of this service stands now: the newest, whatever was answered to the ones before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from casework.shared.contracts.envelope import Envelope
from casework.shared.eventstore.store import Unit
from casework.shared.runtime.database import Work


async def newest_offer(work: Work, unit: Unit[Any, Any, Any], case_id: UUID, type_name: str) -> UUID | None:
    """The event id of the case's newest event of `type_name`, also one decided in this unit; None without any."""
    for record in reversed(unit.recorded):
        envelope: Envelope = record.envelope
        if envelope.case_id == case_id and envelope.type == type_name:
            return envelope.id
    found: UUID | None = await work.fetch_value(
        "SELECT event_id FROM event WHERE case_id = $1 AND type = $2 ORDER BY version DESC LIMIT 1", case_id, type_name
    )
    return found
