"""The timer's word that the time for an answer to an offer is over, said when a test wants it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.contracts.followup import HandOffOverdue
from casework.shared.contracts.ids import ServiceName
from casework.shared.decider import Decider
from casework.shared.eventstore.store import EventStore, Origin
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


async def say_overdue(
    followup: ServiceRuntime, case_id: UUID, offer_id: UUID, giver: ServiceName, receiver: ServiceName
) -> None:
    """Record `HandOffOverdue` in followup's stream of the case, which must exist. Its state stays as it is."""
    rules = followup.service.decider

    def decide(event: HandOffOverdue, _state: Any) -> tuple[HandOffOverdue]:
        return (event,)

    def evolve(state: Any, event: Any) -> Any:
        return state if isinstance(event, HandOffOverdue) else rules.evolve(state, event)

    store = EventStore[HandOffOverdue, Any, Any](
        "followup",
        Decider(rules.initial, decide, evolve),
        state_type=followup.service.state_type,
        state_version=followup.service.state_version,
        shards=followup.shards,
        mint=uuid7,
    )
    async with begin(followup.engine) as work:
        unit = await store.open(work, [case_id])
        origin = Origin(actor=Actor("timer", "clock"), cause=CommandCause(uuid4()))
        unit.run(case_id, [HandOffOverdue(offer_id=offer_id, giver=giver, receiver=receiver)], origin)
        await store.append(work, unit)
