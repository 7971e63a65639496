"""What follow-up's decisions need beside the body of the request: resolution's offer, as it is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from casework.followup.domain.commands import AcceptHandOff, Command, DeclineHandOff
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.followup.projections import progress_of
from casework.shared.contracts.actors import Actor
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Gather
from casework.shared.http.handoffs import Acceptance, Declination
from casework.shared.runtime.database import Work

FollowUpUnit: TypeAlias = Unit[Command, FollowUp, FollowUpEvent]


def accept(case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""

    async def gather(work: Work, _unit: FollowUpUnit) -> Sequence[Command]:
        offered = await _offered(work, case_id)
        return (AcceptHandOff(offer_id=body.to(offered), offered=offered, holder=body.holder or actor.id),)

    return gather


def decline(case_id: UUID, body: Declination) -> Gather:
    """Leave the work with resolution."""

    async def gather(work: Work, _unit: FollowUpUnit) -> Sequence[Command]:
        offered = await _offered(work, case_id)
        return (DeclineHandOff(offer_id=body.to(offered), offered=offered, reason=body.reason),)

    return gather


async def _offered(work: Work, case_id: UUID) -> UUID | None:
    """Resolution's standing offer. Nothing changes it before we commit: whoever does holds the case's state first."""
    return (await progress_of(work, [case_id]))[case_id].offer
