"""What resolution's decisions need beside the body of the request: which of investigation's offers stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from casework.resolution.domain.commands import AcceptHandOff, Command, DeclineHandOff
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.resolution import Resolution
from casework.shared.contracts.actors import Actor
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Gather
from casework.shared.http.handoffs import Acceptance, Declination
from casework.shared.runtime.database import Work

ResolutionUnit: TypeAlias = Unit[Command, Resolution, ResolutionEvent]


def accept(case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""

    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        offer_id = body.to(unit.streams[case_id].state.offer)
        return (AcceptHandOff(offer_id=offer_id, holder=body.holder or actor.id),)

    return gather


def decline(case_id: UUID, body: Declination) -> Gather:
    """Leave the work with investigation."""

    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        return (DeclineHandOff(offer_id=body.to(unit.streams[case_id].state.offer), reason=body.reason),)

    return gather
