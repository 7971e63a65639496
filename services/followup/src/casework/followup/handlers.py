"""What follow-up's decisions need beside the body of the request: resolution's offer, as it is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.commands import AcceptHandOff, Command, DeclineHandOff, ReopenCase
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.followup.projections import progress_of
from casework.shared.clocks.moments import Moment
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import Actor
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Gather
from casework.shared.http.handoffs import Acceptance, Declination
from casework.shared.runtime.database import Work

FollowUpUnit: TypeAlias = Unit[Command, FollowUp, FollowUpEvent]


def tell(unit: FollowUpUnit, rulebook: Rulebook, moment: Moment, *, about: UUID | None = None) -> TellMoment:
    """Let the clocks know what the staff's own step brought."""
    assert unit.asked is not None
    return TellMoment(
        moment=moment,
        by=unit.asked,
        occurred_at=unit.occurred_at or unit.now,
        at=unit.now,
        rulebook=rulebook,
        about=about,
    )


def reopen(reason: str, rulebook: Rulebook) -> Gather:
    """Take a closed case up again, with a new time to finish it."""

    async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        at = unit.occurred_at or unit.now
        return (ReopenCase(reason=reason, at=at), tell(unit, rulebook, "case-reopened"))

    return gather


def accept(case_id: UUID, body: Acceptance, actor: Actor, rulebook: Rulebook) -> Gather:
    """Take the work, for the named holder or else for the caller."""

    async def gather(work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        offered = await _offered(work, case_id)
        return (
            AcceptHandOff(offer_id=body.to(offered), offered=offered, holder=body.holder or actor.id),
            tell(unit, rulebook, "hand-off-accepted", about=offered),
        )

    return gather


def decline(case_id: UUID, body: Declination, rulebook: Rulebook) -> Gather:
    """Leave the work with resolution."""

    async def gather(work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        offered = await _offered(work, case_id)
        return (
            DeclineHandOff(offer_id=body.to(offered), offered=offered, reason=body.reason),
            tell(unit, rulebook, "hand-off-declined", about=offered),
        )

    return gather


async def _offered(work: Work, case_id: UUID) -> UUID | None:
    """Resolution's standing offer. Nothing changes it before we commit: whoever does holds the case's state first."""
    return (await progress_of(work, [case_id]))[case_id].offer
