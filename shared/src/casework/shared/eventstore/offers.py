"""Which offer of this service stands now: the newest, whatever was answered to the ones before; and its coming back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.handoff import Declined, Lapsed
from casework.shared.eventstore.store import Unit
from casework.shared.handoffs.giving import LAPSED, TakeBackHandOff
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


async def take_back(
    work: Work, unit: Unit[Any, Any, Any], case_id: UUID, type_name: str, answer: Declined | Lapsed
) -> TakeBackHandOff:
    """What the giver does about an offer of `type_name` that the receiver declined or let lapse."""
    return TakeBackHandOff(
        offer_id=answer.offer_id,
        outstanding=await newest_offer(work, unit, case_id, type_name),
        reason=answer.reason if isinstance(answer, Declined) else LAPSED,
    )
